"""The words that the index knows of each language, folded (lower case, no accents). Data only."""

from __future__ import annotations

import unicodedata


def fold(text: str) -> str:
    """Lower case without accents, as people type."""
    decomposed = unicodedata.normalize("NFKD", text.lower())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def _words(text: str) -> frozenset[str]:
    return frozenset(fold(text).split())


#: Words without content of their own: articles, pronouns, prepositions, auxiliaries, greetings, politeness,
#: question words, and the ways of asking ("je voudrais savoir", "could you tell me").
EVERYDAY: dict[str, frozenset[str]] = {
    "fr": _words("""
        a ah ai aider aimerais aimerait ainsi allez alors apres as au aucun aucune aujourd aussi autre
        autres aux avec avez avoir avons bcp beaucoup besoin bien bjr bonjour bonne bonsoir bsr c ca car
        ce ceci cela celle celui ces cest cet cette cherche chez chose ci combien comme comment connaitre
        cordialement coucou d dans de deja des desole dis dit dites donc dont du elle elles en encore est
        et etaient etait etant ete etes etre eu eux exactement existe faire fais faisons fait faites
        faudrait faut fois font gens hein hui ici il ils info information informations infos j jai je
        jsuis jusqu jusqua jvoudrais koi l la ladite le les leur leurs lui m ma madame mais me meme merci
        mes mettre mm moi mon monsieur n ne ni non nos notre nous obtenir ok okay on ont ou oui par parce
        pas pendant peu peut peuvent peux plait plus possible pour pourquoi pourra pourrais pourrait
        pourriez pouvez pouvoir pouvons pr prevu prevue puis puisje qd qu quand que quel quelle quelles
        quelqu quels question questions qui quoi rien s sa salam salut sans savoir se sera serait sert ses
        si sinon slt son sont souhaite souhaiterais sous stp suis sur svp t ta te tes toi toujours tous
        tout toute toutes tres tu un une va vais vers veulent veut veux voici voila voir vont vos votre
        voudrais voudrait voulez vouloir voulons vous vrai vraiment y ya
    """),
    "en": _words("""
        a about actually all also am an and any anyone anything are as at be been being both but by can
        cause could cud dear did do does doing don dont else evening for from get give go going good got
        had has have having hello help her here hey hi him his hiya how i if im in info information is isn
        isnt it its just kindly know let like ll looking lot lots m madam many may me might mine morning
        much must my need no not of off ok okay on one or our own please pls plz possible put question re
        really s say see shall she should sir so some somebody someone something sorry tell than thank
        thanks that the their them then there these they thing things this those to too u up us ve very
        wanna want wanted was we were what whats when where which while who why will with wondering would
        yes you your yours
    """),
    "pt": _words("""
        a ai ajuda algum alguma ao aos aquele aqui as ate boa bom com como consigo d da das de dela dele
        desculpe dia do dos e ela ele eles em entao era essa esse esta estao estar estou eu favor fazer
        foi gostaria ha informacao isso isto ja la lhe mais mas me mesmo meu minha muito na nao nas no
        noite nos nossa nosso num numa o obrigada obrigado oi ok okay ola onde os ou para pela pelo pode
        podem poderia por porque posso pra preciso quais qual quando quanta quanto que quem queria quero
        saber se sem senhor senhora ser seu sim so sobre sou sua tambem tarde te tem tenho ter tu um uma
        voce voces vou
    """),
    "es": _words("""
        a ahora al algo algun alguna aqui ayuda buen buena buenas bueno buenos como con conocer cual
        cuales cuando cuanta cuanto cuesta d de del desde dia dias donde e el ella ellos en eres es esa
        ese eso esta estan estar este esto estoy favor fue gracias gustaria ha hacer hasta hay hola
        informacion la las le les lo los mas me mi mis mucho muy necesito no noches nos nosotros o ok okay
        os otra otro para pero podria por porque puede pueden puedo que quien quiero quisiera saber se
        senor senora ser si sin sobre solo somos son soy su sus tambien tardes te tengo tiene tienen tu un
        una usted ustedes vosotros y ya yo
    """),
    "wo": _words("""
        ak am amna amul ana ba bari begg bena benn bi bo bu buga bugg bul ci dama damay def defa degg
        dellu dina dinaa dinga dof du fan fi fii foo fu gan gi jaam jamm jeref jerejef ji ju kan kay ko ku
        la laay lan lay leen li lii loo lu ma maa maangi maay man mangi mbaa moom mooy mu muy na naa naka
        nako nanga nangadef nata ndax nga ngeen ngir ni nio niou noo nopp nu ok okay rek sa salaam sama
        sax seen si su suma sunu te tey wa waaw wi wu xam yaa yaw yeen yi yow yu ñata
    """),
    "ar": _words("""
        ok okay أريد أن أنا أنت أهلا أو أين إلى إن اريد الخير السلام الى ان انا انت اهلا او اين ثم ذلك
        سمحت شكرا صباح على عليكم عن عندكم عندي فضلك في قد كان كم كيف لا لدي لديكم لكن لو ما ماذا متى مرحبا
        مساء مع ممكن من نحن نعم هذا هذه هل هم هو هي يا يمكن
    """),
}

#: Words that ask for the same thing, a group a line. A word of a group has content, also an everyday one.
ALIKE: dict[str, list[frozenset[str]]] = {
    "fr": [
        _words("accepte acceptee accepter acceptez prend prendre prenez"),
        _words("adresse endroit itineraire lieu localisation ou situe situee situes trouve trouver"),
        _words("argent financiere moyens somme"),
        _words("cate catechese catechisme kt"),
        _words("cher combien cout coute coutent couter frais montant payant prix tarif tarifs"),
        _words("compris comprise inclus incluse"),
        _words("content mecontent plaindre plainte reclamation"),
        _words("cote pres proche"),
        _words("cure pretre"),
        _words("courriel email mail"),
        _words("calendrier date dates jour jours quand"),
        _words("decede decedee deces defunt defunte mort morte mourir"),
        _words("dej dejeuner petit"),
        _words("document documents dossier justificatif papier papiers piece pieces"),
        _words("enfant enfants fille filles fils gamin garcon garcons gosse gosses petit petite petits"),
        _words("epouse femme"),
        _words("epoux mari"),
        _words("maman mere"),
        _words("papa pere"),
        _words("ferme fermeture ouvert ouverte ouverts ouverture ouvre"),
        _words("heure heures horaire horaires"),
        _words("location loue louer louez"),
        _words("appeler joindre numero portable tel telephone"),
        _words("oublie oubliee perdre perdu perdue"),
        _words("paie paiement paye payer reglement regler verser"),
        _words("promo promotion rabais reduction remise"),
        _words("restaurant resto"),
    ],
    "en": [
        _words("accept accepts take takes"),
        _words("address directions located location where"),
        _words("additional another extra"),
        _words("baby child children daughter kid kids son toddler"),
        _words("bags luggage suitcase suitcases"),
        _words("big large size"),
        _words("book booking reservation reservations reserve"),
        _words("call contact number phone telephone"),
        _words("charge cheap cost costs expensive fee fees much price prices rate rates tariff"),
        _words("close closest near nearby nearest"),
        _words("closes closing open opening opens"),
        _words("compulsory mandatory obligatory required"),
        _words("date dates day days when"),
        _words("dish dishes food meal meals"),
        _words("discount offer reduction"),
        _words("doctor physician"),
        _words("forgot forgotten left lose lost"),
        _words("hire rent rental"),
        _words("hour hours schedule time times timetable when"),
        _words("include included includes"),
        _words("ocean sea"),
        _words("pay paying payment"),
    ],
}
