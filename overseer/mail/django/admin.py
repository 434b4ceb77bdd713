"""The queue in Django's admin site: lists with filters, one mail, retry and delete."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import wraps
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse

from overseer.errors import OverseerError
from overseer.mail.desk import facts
from overseer.mail.django import open_outbox
from overseer.mail.django.models import QueuedMail
from overseer.mail.showing import described
from overseer.outbox import Outbox
from overseer.outbox.sight import STATES, Row
from overseer.units import is_whole

PAGE = 100
ACTIONS = ("retry", "delete")
View = Callable[..., HttpResponse]


def when_the_queue_answers(view: View) -> View:
    """What the queue cannot do is shown on the page; it is no error of the site."""

    @wraps(view)
    def answer(self: "QueuedMailAdmin", request: HttpRequest, **keys: Any) -> HttpResponse:
        request.current_app = self.admin_site.name
        if not self.has_view_permission(request):
            raise PermissionDenied
        url = getattr(settings, "OVERSEER_MAIL_URL", "")
        try:
            if not url:
                return self.page(request, "list", problem="set OVERSEER_MAIL_URL to the queue")
            outbox = open_outbox(url)
            if not outbox.is_there():
                return self.page(request, "list", problem=f"there is no queue at {outbox.name} yet")
            return view(self, request, outbox, **keys)
        except OverseerError as error:
            return self.page(request, "list", problem=str(error))

    return answer


@admin.register(QueuedMail)
class QueuedMailAdmin(admin.ModelAdmin):
    """Asks the outbox, never a table: so it is the same on SQLite and PostgreSQL."""

    actions: ClassVar[Sequence[Any]] = ()

    def get_urls(self) -> list[Any]:
        wrap, name = self.admin_site.admin_view, "overseer_mail_queuedmail"
        return [
            path("", wrap(self.changelist_view), name=f"{name}_changelist"),
            path("<int:object_id>/change/", wrap(self.change_view), name=f"{name}_change"),
        ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @when_the_queue_answers
    def changelist_view(self, request: HttpRequest, outbox: Outbox) -> HttpResponse:
        if request.method == "POST":
            return self.act(request, outbox, request.POST.getlist("id"))
        state = request.GET.get("state", "")
        chosen = state if state in STATES else "dead"
        queue, text = request.GET.get("queue", ""), request.GET.get("q", "")
        skip = whole(request.GET.get("skip", "0"))
        rows = outbox.rows(chosen, PAGE + 1, queue=queue, text=text, skip=skip)
        query = {"state": chosen, "queue": queue, "q": text}
        counts = outbox.counts()
        return self.page(
            request,
            "list",
            rows=[shown(row) for row in rows[:PAGE]],
            states=[(name, getattr(counts, name)) for name in STATES],
            pauses=outbox.pauses(),
            state=chosen,
            queue=queue,
            text=text,
            before=address(query, skip - PAGE) if skip else "",
            after=address(query, skip + PAGE) if len(rows) > PAGE else "",
        )

    @when_the_queue_answers
    def change_view(self, request: HttpRequest, outbox: Outbox, object_id: int) -> HttpResponse:
        if request.method == "POST":
            return self.act(request, outbox, [str(object_id)])
        row = outbox.find(object_id)
        if row is None:
            raise Http404(f"no row {object_id} is queued, dead or sent")
        mail = described(outbox, row, with_body=False)
        return self.page(
            request,
            "detail",
            title=f"Mail {row.id}",
            row=shown(row),
            headers=mail["headers"],
            size=mail["size"],
            attachments=mail["attachments"],
        )

    def act(self, request: HttpRequest, outbox: Outbox, given: Sequence[str]) -> HttpResponse:
        """Retry at once; delete after one more question."""
        ids, action = [whole(id) for id in given], request.POST.get("action", "")
        if action == "retry" and not self.has_change_permission(request):
            raise PermissionDenied
        if action == "delete" and not self.has_delete_permission(request):
            raise PermissionDenied
        if not ids or action not in ACTIONS:
            messages.warning(request, "Nothing was done: choose mails, and what to do with them.")
        elif action == "delete" and "sure" not in request.POST:
            rows = [shown(row) for id in ids if (row := outbox.find(id))]
            return self.page(request, "delete", title="Delete mails?", rows=rows)
        else:
            self.perform(request, outbox, action, ids)
        return HttpResponseRedirect(back(request))

    def perform(
        self, request: HttpRequest, outbox: Outbox, action: str, ids: Sequence[int]
    ) -> None:
        """One at a time, so that what is recorded is what was done."""
        do, flag, words = (
            (outbox.retry, CHANGE, "put back to be sent at once")
            if action == "retry"
            else (outbox.discard, DELETION, "deleted")
        )
        rows = [row for id in ids if (row := outbox.find(id)) and do(id)]
        for row in rows:
            record(request, row, flag, words)
        messages.success(request, f"{len(rows)} {words}.")
        if len(rows) < len(set(ids)):
            left = len(set(ids)) - len(rows)
            messages.warning(request, f"{left} left alone: sent, being sent, or gone already.")

    def page(self, request: HttpRequest, name: str, **context: Any) -> HttpResponse:
        return TemplateResponse(
            request,
            f"overseer_mail/{name}.html",
            {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "title": "Mail queue",
                "may_retry": self.has_change_permission(request),
                "may_delete": self.has_delete_permission(request),
                **context,
            },
        )


def shown(row: Row) -> Mapping[str, Any]:
    """Without its payload, and with moments that the site shows in its own time zone."""
    return facts(row) | {
        "at": datetime.fromtimestamp(row.at, UTC),
        "created_at": datetime.fromtimestamp(row.created_at, UTC),
        "may_be_retried": row.state in ("dead", "waiting"),
        "may_be_deleted": row.state in ("due", "waiting", "dead"),
    }


def record(request: HttpRequest, row: Row, flag: int, words: str) -> None:
    """In the admin site's own history: who did it."""
    LogEntry.objects.create(
        user_id=request.user.pk,
        content_type_id=ContentType.objects.get_for_model(QueuedMail).pk,
        object_id=str(row.id),
        object_repr=f"{row.id} to {row.rcpt or row.kind}"[:200],
        action_flag=flag,
        change_message=words,
    )


def back(request: HttpRequest) -> str:
    """To the list it came from; of its address only what we know ourselves."""
    query = {key: request.POST.get(key, "") for key in ("state", "queue", "q")}
    url = reverse("admin:overseer_mail_queuedmail_changelist", current_app=request.current_app)
    return f"{url}{address(query)}"


def address(query: Mapping[str, str], skip: int = 0) -> str:
    wanted = {**query, "skip": str(skip) if skip > 0 else ""}
    return "?" + urlencode({key: value for key, value in wanted.items() if value})


def whole(text: str) -> int:
    return int(text) if is_whole(text) else 0
