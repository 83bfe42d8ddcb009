"""English words with capitals: those that are no names, given and family names, and last words of firms, places and things."""

import re
from functools import lru_cache

from analysis.extraction.speech_en import ROLES

NO_NAMES = frozenset(
    "The A An In On At But And Or So If As It Its He She They We I You My Our Their His Her This That These Those There Then "
    "When While Where What Who Why How For From With By To Of Not No Yes New Many Some Most More Much One Two Three Several "
    "After Before Since During Until Now Today Yesterday Here Also Even Just Still However Meanwhile Although Because Despite "
    "According Source Photo Image Read Users Chinese American Americans British Japanese Korean Russian European Asian English "
    "Mandarin French German Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May June July "
    "August September October November December Internet App Apps Social Media TikTok Western Eastern Great All Both Each "
    "Every Other Another Such Like Only Do Does Did Can Could Would Will Should Have Has Had Is Are Was Were Let Mr Mrs Ms Dr Welcome Hello Hi Thanks Thank Please Reports Republicans Democrats Breaking Watch Editing Reporting Written".split()
)
ORGANISATION = re.compile(
    r"\b(?:University|College|Institute|Commission|Committee|Ministry|Department|Court|Foundation|Association|Group|Inc|Corp|Ltd|"
    r"Company|Bank|Agency|Center|Centre|Council|Party|Bureau|Administration|Organization|Organisation|School|Hospital|"
    r"Technologies|Technology|Academy|Union|Office|Service|Services|News|Times|Post|Daily|Journal|Press|Network|Capital|Labs?|"
    r"Wire|Herald|Tribune|Gazette|Chronicle|Observer|Monitor|Review|Weekly|Magazine|Telegraph|Broadcasting|Television|Radio|"
    r"Holdings|Partners|Securities|Motors|Electric|Airlines|Airways|Pictures|Studios|Entertainment|Analytics|Insurance|"
    r"Financial|Ventures|Management|Brothers|Stores|Foods|Energy|Systems|Software|Solutions|Industries|Electronics|Exchange|"
    r"Alliance|Federation|League|Society|Fund|Trust|Laboratory|Laboratories|Consortium|Coalition|Authority|Board|Senate|Congress|"
    r"Assembly|Parliament|Army|Navy|Police|Media|Dynamics|Mills|Semiconductor|Pharmaceuticals|Interactive|Communications|"
    r"International|Intelligence Agency|Caucus|Chamber|Cabinet|Tribunal|Secretariat)$"
)
PLACE = re.compile(
    r"\b(?:Harbou?r|River|Lake|Bay|Islands?|County|Road|Street|Avenue|Boulevard|Lane|Bridge|Square|Mountains?|Mount|Valley|"
    r"Beach|Park|Airport|Station|Peninsula|Province|District|Strait|Sea|Ocean|Coast|Desert|Forest|Falls|Canal|Creek|Hills?|"
    r"Gardens?|Port|Tower|Towers|Hotel|Hall|Church|Cathedral|Temple|Palace|Castle|Museum|Gallery|Stadium|Arena|Theatre|Theater|"
    r"Library|Prison|Plaza|City|Village|Gorge|Dam|Highway)$"
)
THINGS = frozenset(
    "Intelligence Security Act Bill Day Year Award Awards Cup Games Show Week War Deal Ban Order Project Program Programme "
    "Policy Index Report Summit Forum Festival Story Stories Book Prize Series Season Race Rights Fair Map Maps Music Pro "
    "Ultra Edition Model Phone Engine Cloud Store Shop Market Markets Street Stock Stocks Bowl Trial Amendment Treaty "
    "Agreement Initiative Plan Strategy Vision Challenge Movement Revolution Dynasty Era Age Century Eve Virus Disease "
    "Science Learning Data Team Crew Band Gang Fleet Aid Care Health Affairs Strike Storm Hurricane Typhoon "
    "Morning Evening Night Freedom Internet Web Computer Machine Robot Search Video Live Plus Mini".split()
)
"""A run of capitals that ends with one of them is no person."""
GIVEN = frozenset(
    "James John Robert Michael William David Richard Joseph Thomas Charles Christopher Daniel Matthew Anthony Mark Donald Steven "
    "Paul Andrew Joshua Kenneth Kevin Brian George Timothy Ronald Edward Jason Jeffrey Ryan Jacob Gary Nicholas Eric Jonathan "
    "Stephen Larry Justin Scott Brandon Benjamin Samuel Gregory Frank Alexander Raymond Patrick Jack Dennis Jerry Tyler Aaron "
    "Jose Adam Nathan Henry Peter Zachary Kyle Noah Ethan Walter Jeremy Christian Keith Roger Terry Austin Sean Gerald Carl "
    "Dylan Bryan Jordan Lawrence Logan Albert Joe Billy Bruce Willie Gabriel Alan Juan Louis Ralph Roy Eugene Vincent Bobby "
    "Mary Patricia Jennifer Linda Elizabeth Barbara Susan Jessica Sarah Karen Lisa Nancy Betty Sandra Margaret Ashley Kimberly "
    "Emily Donna Michelle Carol Amanda Melissa Deborah Stephanie Rebecca Sharon Laura Cynthia Dorothy Amy Kathleen Angela "
    "Shirley Emma Brenda Pamela Nicole Anna Samantha Katherine Christine Helen Debra Rachel Carolyn Janet Maria Catherine "
    "Heather Diane Olivia Julie Joyce Victoria Ruth Virginia Lauren Kelly Christina Joan Evelyn Judith Andrea Hannah Megan "
    "Alice Jean Cheryl Jacqueline Martha Madison Teresa Gloria Sara Janice Ann Kathryn Abigail Sophia Frances Judy Grace Ivy "
    "Chris Mike Jim Tom Bob Bill Tim Matt Dan Ben Sam Alex Nick Tony Steve Greg Kate Liz Jen Katie Jenny Max Leo Luke Oliver "
    "Marco Elon Bernie Kamala Hillary Barack Mitch Nancy Chuck Ted Josh Marsha Mia Zoe Chloe Lily Lucy Ella Ava Isabella".split()
)
FAMILY = frozenset(
    "Wang Li Zhang Liu Chen Yang Huang Zhao Wu Zhou Xu Sun Ma Zhu Hu Guo He Lin Gao Luo Zheng Liang Xie Song Tang Han Feng Deng "
    "Cao Peng Zeng Xiao Tian Dong Yuan Pan Cai Jiang Yu Du Ye Cheng Wei Su Lu Ding Ren Shen Yao Cui Zhong Tan Fan Jin Shi Liao "
    "Jia Xia Fu Fang Bai Zou Meng Xiong Qin Qiu Hou Lei Long Shao Mao Hao Gu Lai Wen Kang Niu Ge Xing An Qi Qian Tao Mei Mo "
    "Chan Wong Lee Cheung Lam Leung Ng Tsai Hsu Chang Chao Hui Ho Kwok Lau Yeung Yip Chow Tse Tsang Ouyang Sima Hua Chai Mi".split()
)
_MORE_ROLES = frozenset("Speaker CFO COO CTO Commissioner Correspondent Whip Treasurer Envoy Superintendent".split())


@lru_cache(4096)
def is_role(word: str) -> bool:
    """Whether a word is a title that stands before a name: Minister, CEO."""
    return word in _MORE_ROLES or ROLES.fullmatch(word) is not None
