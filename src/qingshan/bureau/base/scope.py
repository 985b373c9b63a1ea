"""Scope (可见范围): whole bureau, or one's own areas and what is assigned to one's organisation.

A model inherits ``Scoped`` and names its paths; ``Model.objects.within(person)`` is then the only set a page works on.
What lies outside does not exist: ``get`` raises DoesNotExist, the page answers 404.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from qingshan.bureau.base.models import Person


class ScopedQuerySet(models.QuerySet):
    """A queryset that can be narrowed to what one person may see."""

    def within(self, person: Person) -> ScopedQuerySet:
        """Rows in the person's areas, or assigned to the person's organisation; all of them for the whole bureau.

        Narrowed through a subquery, so ``select_for_update`` and counting stay right with many-to-many paths.
        """
        areas = person.scope_areas()
        if areas is None:
            return self
        allowed = Q(pk__in=[])
        if self.model.scope_area:
            allowed |= Q(**{f"{self.model.scope_area}__in": areas})
        if self.model.scope_organisations:
            mine = person.scope_organisations_ids()
            for path in self.model.scope_organisations:
                allowed |= Q(**{f"{path}__in": mine})
        return self.filter(pk__in=self.model._base_manager.filter(allowed).values("pk"))


class Scoped(models.Model):
    """A model whose rows belong to an area, to organisations, or both.

    ``scope_area``: path to its Area ("area", "station__area", "id" on Area itself); "" where it has none.
    ``scope_organisations``: paths to organisations whose people see the row wherever it lies.
    """

    scope_area: ClassVar[str] = "area"
    scope_organisations: ClassVar[tuple[str, ...]] = ()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        abstract = True
