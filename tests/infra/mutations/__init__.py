"""Deliberate mutations of terraform/ and infra/, each with the test that must notice it."""

from tests.infra.mutations import data, rights, work

MUTATIONS = (*data.MUTATIONS, *work.MUTATIONS, *rights.MUTATIONS)
