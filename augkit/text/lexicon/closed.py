"""Words that are never replaced: function words, numbers, and what hurts people."""

from __future__ import annotations

__all__ = [
    "BLOCKED",
    "CLOSED",
    "DETERMINERS",
    "MODALS",
    "PARTICLES",
    "PREPOSITIONS",
    "SUBJECTS",
]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


DETERMINERS = _words("""
a an the this that these those my your his her its our their whose some any no every each either
neither both all half several many few fewer fewest much more most less least little enough another
other such what which whatever whichever one two three four five six seven eight nine ten
""")
SUBJECTS = _words("i you he she it we they who there")
MODALS = _words(
    "can could may might must shall should will would do does did ought need dare cannot"
)
PREPOSITIONS = _words("""
about above across after against along alongside amid amidst among amongst around as at atop before
behind below beneath beside besides between beyond but by concerning despite down during except for
from in inside into like near of off on onto opposite out outside over past per plus regarding round
save since than through throughout till to toward towards under underneath unlike until up upon versus
via with within without
""")
PARTICLES = _words("up down off out on in away back over around through along")
"""What makes another verb of the verb before it: try, and try on."""
_OTHERS = _words("""
i me mine myself you yours yourself yourselves he him himself she hers herself it itself we us ours
ourselves they them theirs themselves who whom whoever whomever one oneself ones somebody someone
something anybody anyone anything nobody none nothing everybody everyone everything
and or nor so yet because although though unless whereas while whilst if whether lest once when
whenever where wherever whence whither why how however therefore thus hence moreover furthermore
nevertheless nonetheless otherwise meanwhile
be am is are was were been being have has had having do does did doing done go goes going gone went
get gets getting got gotten let lets
not n't never ever also too very just only even still already else rather quite almost nearly
perhaps maybe here there now then again away back ago apart aside yes no please okay ok oh ah hey
hello hi etc eg ie mr mrs ms dr st vs own same first second third last next former latter
eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty
sixty seventy eighty ninety hundred thousand million billion trillion dozen zero half quarter once twice
soon lot lots kind kinds sort sorts bit way ways thing things long far early late
used able due according instead well as per re de la le el los las un une der die das
monday tuesday wednesday thursday friday saturday sunday january february march april may june july
august september october november december
""")
CLOSED = DETERMINERS | SUBJECTS | MODALS | PREPOSITIONS | _OTHERS
"""Closed-class words, in lower case: they have no synonyms that would be safe."""

BLOCKED = _words("""
abo abortion anal anus arse arsehole ass asshole ballock balls ballsup bang banger bastard bawd beaner
bitch bitchy blowjob bollock bollocks bollix bonk boob boobs bosom broad bugger bullshit bum butch butt
buttocks cathouse chink chinaman chit clit cock cocksucker comfort coon cooze crackhead crap crappy
cracker cripple crippled cum cunnilingus cunt damn damned darkey darkie darky dago dick dickhead dike
dildo dung dyke ejaculate enema faeces fag faggot fagot fairy fanny fart feces feeblemindedness feminazi
fornicate frig fuck fucked fucker fucking gay gimp gippo gook goy goyim gypsy half-breed half-caste harlot
hebe heeb hell hick honkey honkie honky hooker homo humping hump hymie idiot imbecile injun jack jackass
jap jerk jewess jigaboo jism jizz john kafir kaffir kike kraut knocker knockers lame lay lez lesbian lunatic
masturbate midget mongol mongoloid mongrel moron motherfucker mulatto nance nazi negress negro
nigga nigger nigra nip nooky nude orgasm oriental paki pansy papist peeing pee pecker penis pickaninny
pimp piss pissed pissing poof poofter poove poop pouf prick prostitute pussy queen queer quim rape raped
raper rapist redneck redskin retard retarded rimming roger sambo savage schlong schmuck screw screwing
scrotum scum semen sex sexy shag shagging shit shite shitty shlong shrew sissy slag slant slave slut
sluttish sodomise sodomite sodomize spade spastic spaz spic spick spik spunk squaw stupid suck tart
tit tits titty tom torture towelhead tramp tranny trollop turd twat urinate vagina wank wanker wench
wetback whore whoreson whoredom wog wop yid yob
""")
"""Words that are never put into a text: insults, slurs, obscenities, and what is easily one."""
