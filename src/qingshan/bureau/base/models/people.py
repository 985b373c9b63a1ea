"""People (人员) and failed logins."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models

from qingshan.bureau.base.models.places import Area, Organisation
from qingshan.bureau.base.scope import ScopedQuerySet


class PersonManager(UserManager.from_queryset(ScopedQuerySet)):
    """People, narrowed by scope like every other row."""


class Person(AbstractUser):
    """Someone who signs in: name, organisation, post; roles are Django groups declared in packs."""

    name = models.CharField("姓名", max_length=30, blank=True)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="people", verbose_name="单位"
    )
    post = models.CharField("职务", max_length=40, blank=True)
    phone = models.CharField("电话", max_length=20, blank=True)
    must_change_password = models.BooleanField("须改口令", default=False)
    password_changed = models.DateTimeField("口令更改时间", null=True, blank=True)

    scope_area = ""
    scope_organisations = ("organisation",)
    objects = PersonManager()

    class Meta:
        verbose_name = "人员"
        ordering = ["organisation__name", "name", "username"]
        permissions = [("manage_person", "维护人员与权限"), ("view_audit", "查看操作记录")]

    def __str__(self) -> str:
        return self.name or self.username

    def get_full_name(self) -> str:
        return self.name or self.username

    def scope_areas(self) -> set[int] | None:
        """Ids of the areas this person sees; None is the whole bureau, the empty set only what is assigned."""
        if self.is_superuser:
            return None
        if self.organisation is None:
            return None if self.has_perm("base.manage_person") else set()
        if self.organisation.sees_whole_bureau:
            return None
        if self.organisation.kind == Organisation.Kind.TOWN and self.organisation.area_id:
            if not hasattr(self, "_areas"):
                self._areas = Area.objects.below({self.organisation.area_id})
            return set(self._areas)
        return set()

    def scope_organisations_ids(self) -> set[int]:
        """Ids of the person's own organisation and those under it."""
        if self.organisation_id is None:
            return set()
        if not hasattr(self, "_organisations"):
            found, edge = {self.organisation_id}, {self.organisation_id}
            while edge:
                edge = set(Organisation.objects.filter(parent__in=edge).values_list("pk", flat=True)) - found
                found |= edge
            self._organisations = found
        return set(self._organisations)


class LoginFailure(models.Model):
    """One failed sign-in (登录失败); rows count towards the lock of the account and of the address."""

    at = models.DateTimeField(db_index=True)
    username = models.CharField(max_length=150, db_index=True)
    address = models.CharField(max_length=45, db_index=True)

    class Meta:
        verbose_name = "登录失败"

    def __str__(self) -> str:
        return f"{self.username} {self.address} {self.at:%Y-%m-%d %H:%M:%S}"
