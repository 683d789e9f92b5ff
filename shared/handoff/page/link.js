// The holder of a link, as each page of links needs it: their language, and their requests to the server.

export const token = location.hash.slice(1);

/** The words in the first wanted language that there is, which becomes the page's language. */
export function worded(every, wanted) {
  const found = wanted.map((each) => each.split("-")[0]).find((each) => each in every) ?? "en";
  document.documentElement.lang = found;
  document.documentElement.dir = found === "ar" ? "rtl" : "ltr";
  return every[found];
}

/** The server's answer to the holder of the link, or null if none came. */
export function post(path, body) {
  const request = {
    method: "POST",
    headers: { Authorization: `Bearer ${token}` },
    body: body && JSON.stringify(body),
    cache: "no-store",
    signal: AbortSignal.timeout(20_000),
  };
  return fetch(path, request).catch(() => null);
}
