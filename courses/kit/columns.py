"""Many rows in and out of the database at once: whole columns as arrays, rows by COPY.

A national round has millions of rows; row by row Django spends minutes on what the database does
in seconds. PostgreSQL speaks its binary COPY here, other engines the ordinary way, same result.
"""

import io
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from django.db import connection, models
from numpy.typing import NDArray

# In binary COPY a row is a count of fields (int16), then for each a length (int32) and the value.
_HEAD = 11 + 4 + 4
_BATCH = 5_000


def read_integers(rows: models.QuerySet[Any, Any]) -> list[NDArray[np.int64]]:
    """Return the columns of a `values_list` of integers, none of them null, as arrays.

    Call it inside a transaction or outside; the order of the query is kept. Raises ValueError
    where a value is null.
    """
    sql, parameters = rows.query.sql_with_params()
    width = len(rows.query.values_select) + len(rows.query.annotation_select)
    if connection.vendor == "postgresql":
        return _copied(sql, parameters, width)
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        parts = []
        while batch := cursor.fetchmany(100_000):
            parts.append(np.array(batch, dtype=object))
    whole = np.concatenate(parts) if parts else np.empty((0, width), object)
    if (whole == None).any():  # noqa: E711 - elementwise
        raise ValueError("a column of integers holds a null")
    return [whole[:, number].astype(np.int64) for number in range(width)]


def _copied(sql: str, parameters: Sequence[Any], width: int) -> list[NDArray[np.int64]]:
    names = [f"c{number}" for number in range(width)]
    casts = ", ".join(f"{name}::int8" for name in names)
    # The names are ours and the query is Django's own, its parameters apart.
    copy = f"COPY (SELECT {casts} FROM ({sql}) AS q({', '.join(names)})) TO STDOUT (FORMAT BINARY)"  # noqa: S608
    whole = io.BytesIO()
    # Django's cursor that logs queries copies without parameters; the one below it knows them.
    with connection.cursor() as cursor, cursor.cursor.copy(copy, parameters) as rows:
        for part in rows:
            whole.write(part)
    fields = [part for name in names for part in ((f"{name}_length", ">i4"), (name, ">i8"))]
    row = np.dtype([("fields", ">i2"), *fields])
    buffer = whole.getbuffer()
    # The file ends with a count of −1 in place of a row's.
    count, rest = divmod(len(buffer) - _HEAD - 2, row.itemsize)
    found = np.frombuffer(buffer, row, count, _HEAD) if count else np.empty(0, row)
    if rest or any((found[f"{name}_length"] != 8).any() for name in names):
        raise ValueError("a column of integers holds a null")
    return [found[name].astype(np.int64) for name in names]


def insert_rows(
    model: type[models.Model], fields: Sequence[str], rows: Iterable[Sequence[Any]]
) -> int:
    """Insert rows given as tuples of the named fields' values; return how many.

    Fields left out take the model's default where it is a value, made anew for each row where it
    is a callable. Call it inside a transaction; constraints hold as ever.
    """
    named = [model._meta.get_field(name) for name in fields]
    left_out = [
        field
        for field in model._meta.concrete_fields
        if field not in named and not isinstance(field, models.AutoField)
    ]
    if connection.vendor != "postgresql":
        count = 0
        batch: list[models.Model] = []
        attributes = [field.attname for field in named]  # type: ignore[union-attr]
        for row in rows:
            batch.append(model(**dict(zip(attributes, row, strict=True))))
            if len(batch) == _BATCH:
                model._default_manager.bulk_create(batch)
                count, batch = count + len(batch), []
        model._default_manager.bulk_create(batch)
        return count + len(batch)
    table = connection.ops.quote_name(model._meta.db_table)
    every = [*named, *left_out]
    columns = ", ".join(connection.ops.quote_name(field.column) for field in every)  # type: ignore[union-attr, arg-type]
    prepare = [_prepared(field) for field in named]
    count = 0
    # What COPY refuses comes at its end, outside the cursor that would make it Django's own error.
    with (
        connection.wrap_database_errors,
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy,
    ):
        for row in rows:
            values = [how(value) if how else value for how, value in zip(prepare, row, strict=True)]
            values += [
                field.get_db_prep_save(field.get_default(), connection) for field in left_out
            ]
            copy.write_row(values)
            count += 1
    return count


def _prepared(field: Any) -> Any:
    """Return how a field's values are written, None where they go as they are."""
    if isinstance(field, models.JSONField | models.UUIDField):
        return lambda value: field.get_db_prep_save(value, connection)
    return None
