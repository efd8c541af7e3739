{# Checks that no combination of the listed columns occurs on more than one row (nulls count as equal). #}
{% test unique_combination_of_columns(model, combination_of_columns, quote_columns=false) %}
    {%- if combination_of_columns is string or not combination_of_columns -%}
        {{ exceptions.raise_compiler_error("unique_combination_of_columns: combination_of_columns must be a list") }}
    {%- endif -%}
    {%- set key_columns = [] -%}
    {%- for column in combination_of_columns -%}
        {%- do key_columns.append(adapter.quote(column) if quote_columns else column) -%}
    {%- endfor %}

select
    {{ key_columns | join(', ') }},
    count(*) as n_rows
from {{ model }}
group by {{ key_columns | join(', ') }}
having count(*) > 1
{% endtest %}


{# Checks that values lie between min_value and max_value, either of which may be left out; nulls pass. #}
{% test accepted_range(model, column_name, min_value=none, max_value=none, inclusive=true) %}
    {%- if min_value is none and max_value is none -%}
        {{ exceptions.raise_compiler_error("accepted_range: give min_value, max_value or both") }}
    {%- endif %}

select *
from {{ model }}
where
    false
    {%- if min_value is not none %}
    or {{ column_name }} {{ '<' if inclusive else '<=' }} {{ min_value }}
    {%- endif %}
    {%- if max_value is not none %}
    or {{ column_name }} {{ '>' if inclusive else '>=' }} {{ max_value }}
    {%- endif %}
{% endtest %}


{# Checks that the expression (put after the column, for a column test) is not false on any row; null passes. #}
{% test expression_is_true(model, expression, column_name=none) %}
select *
from {{ model }}
where not ({{ column_name ~ ' ' if column_name is not none }}{{ expression }})
{% endtest %}
