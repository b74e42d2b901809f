"""English given names and the short forms they are known by: facts of usage, typed by hand. One line per name; a short form may belong to several."""

from __future__ import annotations

from functools import cache

SHORT_FORMS = """
abigail abby gail
abraham abe bram
adelaide addie ada heidi
agnes aggie nessie
albert al bert bertie
alexander alex alec sandy xander lex sasha
alexandra alex sandra lexi sandy sasha
alfred al alf alfie fred freddie
alice allie ally
alison allison allie ally
amanda mandy amy
amelia amy millie mel
andrew andy drew
angela angie
ann anne anna annie nan nancy hannah
anthony antony tony
antonio tony
archibald archie
arthur art artie
augustus gus augie
barbara barb barbie babs bobbie
bartholomew bart
beatrice bea trixie
benjamin ben benny benji
bernard bernie
bridget biddy bridie
bradley brad
calvin cal
cameron cam
carolyn caroline carol carrie lynn
catherine katherine kathryn cathy kathy kate katie kitty kay cat kit
cecilia cecily celia cissy
charles charlie chas chuck chaz
charlotte lottie charlie
christian chris
christina christine chris chrissy tina
christopher chris topher kit
clarence clarrie
clifford cliff
constance connie
cornelius con neil
cynthia cindy
daniel dan danny
danielle dani
david dave davy
deborah debra deb debbie
dennis denny
dominic dom nick
donald don donnie
dorothy dot dottie dolly
douglas doug
edmund ed eddie ned ted
edward ed eddie ned ted teddy
eleanor ellie nell nellie nora lena
elizabeth eliza liz lizzie beth betty betsy bess bessie libby elsie lisa ellie
ellen nell nellie
emily em emmy millie
emma em emmy
ernest ernie
esther essie hettie
eugene gene
eugenia genie
evelyn eve evie
florence flo florrie flossie
frances fran fanny francie frankie
francis frank frankie fran
franklin frank
frederick fred freddie fritz rick
gabriel gabe
gabrielle gabby
geoffrey jeffrey geoff jeff
george georgie
gerald gerry jerry
geraldine gerry
gertrude gertie trudy
gilbert gil bert
gregory greg
gwendolyn gwen
hannah annie
harold harry hal
harriet hattie harry
helen nell nellie lena
henrietta hettie etta
henry harry hal hank
herbert herb bert
horace horry
howard howie
hubert hugh bert
hugh hughie
ignatius iggy
isaac ike
isabel isabella isabelle bella izzy belle
jacob jake jack
jacqueline jackie
james jim jimmy jamie jem
jane janey jenny
janet jan
janice jan
jason jay
jean jeanie
jennifer jen jenny jenna
jeremiah jerry jeremy
jeremy jerry
jerome jerry
jessica jess jessie
joan joanie
joanna joanne jo
john jack johnny jock
jonathan jon johnny nathan
joseph joe joey jo
josephine jo josie
joshua josh
joyce joy
judith judy
julia julie jules
julian jules
kenneth ken kenny
kimberly kim
lawrence laurence larry laurie lars
leonard len lenny leo
leroy roy
leslie les
lillian lily lil
louis lewis lou louie
louisa louise lou
lucille lucy
lucy lou
luke luc
madeline maddie
magdalene maggie lena
marcus mark marc
margaret maggie meg peggy madge marge margie daisy greta rita may
maria mary mia
marian marianne mary
marilyn mary lynn
marjorie marge margie
martha mattie patty
martin marty
mary molly polly mae may mamie minnie
matilda tilly mattie maud
matthew matt
maurice morris
maximilian max
maxwell max
megan meg
melanie mel
melissa mel missy lissa
michael mike mick mickey micky
michelle shelly
mildred millie
miranda mandy
mitchell mitch
montgomery monty
nancy nan
natalie nat
nathan nate nat
nathaniel nate nat nathan
nicholas nick nicky
nicole nicky
norman norm
oliver ollie
olivia liv livvy
oswald ozzie
pamela pam
patricia pat patsy patty tricia trish
patrick pat paddy
penelope penny
percival percy
peter pete
philip phillip phil pip
phyllis phyl
priscilla cilla
prudence prue
rachel rae
ralph rafe
randolph randall randy
raymond ray
rebecca becky becca
reginald reg reggie
richard rick dick ricky rich richie dickie
robert bob rob bobby robbie bert
roberta bobbie
roderick rod
rodney rod
roger rodge
roland rollo roly
ronald ron ronnie
rosemary rose rosie
roxanne roxy
rudolph rudy
russell russ
ruth ruthie
samantha sam sammy
samuel sam sammy
sarah sally sadie
sebastian seb bastian
sharon shari
sheila shell
sidney sid
sigmund sig
solomon sol
sophia sophie
stanley stan
stephanie steph
stephen steven steve stevie
stuart stewart stu
susan suzanne susannah sue susie suzy
sylvester syl
sylvia sylvie
tabitha tabby
terence terrence terry
teresa theresa terry tess tessa tracy
thaddeus tad thad
theodora dora theo
theodore ted teddy theo
thomas tom tommy
timothy tim timmy
tobias toby
ursula ursie
valerie val
vernon vern
veronica ronnie vera
victor vic
victoria vicky tori
vincent vince vinnie
viola vi
virginia ginny ginger
vivian viv
wallace wally
walter walt wally
wilfred wilf fred
wilhelmina minnie mina
william bill billy will willie willy liam
winifred winnie freda
winston winnie
zachary zach zack
""".strip()


@cache
def groups() -> dict[str, frozenset[int]]:
    """Name or short form → the numbers of the lines that it stands on."""
    found: dict[str, set[int]] = {}
    for number, line in enumerate(SHORT_FORMS.splitlines()):
        for name in line.split():
            found.setdefault(name, set()).add(number)
    return {name: frozenset(numbers) for name, numbers in found.items()}


def are_one_name(a: str, b: str) -> bool:
    """Whether two given names may be forms of one (both in lower case)."""
    known = groups()
    return bool(known.get(a, frozenset()) & known.get(b, frozenset()))
