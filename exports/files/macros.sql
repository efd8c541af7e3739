-- What several recipes need.

-- The name of the first column that matches a regular expression.
create macro name_like(cells, pattern) as
    list_filter(map_keys(cells), lambda name: regexp_matches(name, pattern))[1];

-- The day as 2026-03-31. Days that can be read in two ways, as 3/4/2026, stay as they are, and the
-- build rejects them.
create macro day_of(text) as
    coalesce(strftime(try_strptime(text, ['%Y-%m-%d', '%Y/%m/%d', '%d.%m.%Y']), '%Y-%m-%d'), text);

-- A moment with an offset, as 2026-03-31 23:30:00 +0200, in UTC. Another form stays as it is, and
-- the build reads or rejects it.
create macro utc(text) as coalesce(
    cast(
        try_strptime(text, ['%Y-%m-%d %H:%M:%S %z', '%Y-%m-%dT%H:%M:%S%z']) at time zone 'UTC'
        as varchar
    ),
    text
);

-- A number without currency, blanks and apostrophes.
create macro bare_number(text) as
    regexp_replace(replace(text, '−', '-'), '[^0-9.,-]', '', 'g');

-- The decimal mark that an amount proves: `,` in 1.234,56 and 12,5. Null where it can be either, as
-- in 1.234.
create macro mark_of_amount(text) as case
    when regexp_matches(bare_number(text), '\..*,|\..*\.') then ','
    when regexp_matches(bare_number(text), ',.*\.|,.*,') then '.'
    when regexp_matches(bare_number(text), '\.(\d{1,2}|\d{4,})$|^-?0?\.\d{3}$') then '.'
    when regexp_matches(bare_number(text), ',(\d{1,2}|\d{4,})$|^-?0?,\d{3}$') then ','
end;

-- The decimal mark that a count proves: it has no decimals, so that the mark in 1.234 parts
-- thousands.
create macro mark_of_count(text) as case
    when contains(bare_number(text), '.') then ','
    when contains(bare_number(text), ',') then '.'
end;

-- A count without the marks between its thousands. What is no count stays as it is, and the build
-- rejects it.
create macro count_of(text) as if(
    regexp_matches(text, '^\d{1,3}([.,''’\s\x{a0}\x{202f}]\d{3})*$'),
    regexp_replace(text, '\D', '', 'g'), text
);

-- An amount as 1234.56. The two marks are the least and the greatest that the numbers of its file
-- prove.
create macro amount_of(text, mark, other_mark) as case
    when mark != other_mark
        then error(
            'Some numbers of the file have a decimal point, others a decimal comma. '
            || 'Download the report again.'
        )
    when mark is null and regexp_matches(bare_number(text), '[.,]')
        then error(
            'The amount ' || text || ' can be read in two ways, and no other number of the file '
            || 'tells which. Download more days.'
        )
    when mark = ',' then replace(replace(bare_number(text), '.', ''), ',', '.')
    else replace(bare_number(text), ',', '')
end;
