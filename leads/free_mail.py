"""Hosts whose addresses say nothing about a company: free mail, internet providers, throw-away boxes."""

FAMILIES = frozenset("yahoo outlook hotmail live gmx yandex".split())  # under any ending: yahoo.co.uk, gmx.at

FREE = frozenset(
    """
    gmail.com googlemail.com ymail.com rocketmail.com msn.com icloud.com me.com mac.com aol.com aim.com proton.me
    protonmail.com protonmail.ch pm.me web.de t-online.de freenet.de posteo.de mailbox.org arcor.de mail.ru bk.ru inbox.ru
    list.ru internet.ru rambler.ru ya.ru ukr.net i.ua qq.com foxmail.com 163.com 126.com yeah.net sina.com sina.cn sohu.com
    aliyun.com naver.com daum.net hanmail.net kakao.com nate.com rediffmail.com libero.it virgilio.it alice.it tiscali.it
    tin.it orange.fr wanadoo.fr free.fr sfr.fr laposte.net neuf.fr bbox.fr seznam.cz centrum.cz email.cz wp.pl o2.pl
    onet.pl interia.pl poczta.fm op.pl abv.bg mail.bg uol.com.br bol.com.br terra.com.br ig.com.br zoho.com zohomail.com
    fastmail.com fastmail.fm tutanota.com tutanota.de tuta.io tuta.com hey.com mail.com email.com usa.com gmx.com
    inbox.lv walla.co.il docomo.ne.jp ezweb.ne.jp softbank.ne.jp hushmail.com runbox.com lycos.com
    """.split()
)  # fmt: skip

PROVIDERS = frozenset(
    """
    comcast.net verizon.net att.net sbcglobal.net bellsouth.net cox.net charter.net earthlink.net juno.com optonline.net
    frontier.com windstream.net btinternet.com btopenworld.com ntlworld.com virginmedia.com sky.com talktalk.net
    blueyonder.co.uk bigpond.com bigpond.net.au optusnet.com.au iinet.net.au shaw.ca rogers.com telus.net sympatico.ca
    videotron.ca ziggo.nl kpnmail.nl planet.nl xs4all.nl home.nl telenet.be skynet.be bluewin.ch sunrise.ch hispeed.ch
    chello.at aon.at telia.com bredband.net online.no broadpark.no mail.dk telefonica.net xtra.co.nz
    """.split()
)  # fmt: skip

DISPOSABLE = frozenset(
    """
    mailinator.com guerrillamail.com guerrillamail.net guerrillamail.org guerrillamail.de guerrillamailblock.com
    sharklasers.com grr.la 10minutemail.com 10minutemail.net yopmail.com yopmail.fr yopmail.net trashmail.com trashmail.de
    tempmail.com temp-mail.org temp-mail.io tempmail.net tempail.com throwawaymail.com getnada.com nada.email maildrop.cc
    dispostable.com fakeinbox.com mailnesia.com mintemail.com mohmal.com moakt.com emailondeck.com spamgourmet.com
    mytemp.email burnermail.io discard.email wegwerfmail.de byom.de einrot.com cuvox.de dayrep.com fleckens.hu gustr.com
    jourrapide.com rhyta.com superrito.com teleworm.us armyspy.com mailcatch.com inboxkitten.com anonbox.net
    spam4.me tmpmail.org tmpmail.net minuteinbox.com linshiyouxiang.net
    """.split()
)  # fmt: skip


def is_free_mail(domain: str) -> bool:
    """Tell whether a registrable domain is a public mail host, so that it is nobody's company."""
    return domain in FREE or domain in PROVIDERS or domain in DISPOSABLE or domain.partition(".")[0] in FAMILIES


def is_disposable(domain: str) -> bool:
    return domain in DISPOSABLE
