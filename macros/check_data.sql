{#-
    Says what the raw tables hold: `make check-data`, which first builds the base models and nothing else. Per table its rows, the
    contract's columns that are there and missing, the dates, the share that would be rejected and why, with five rows of each reason.
-#}
{% macro check_data() %}
    {%- for table_name, moment in {'sessions': 'started_at', 'conversions': 'converted_at', 'campaign_metrics': 'metric_date'}.items() -%}
        {%- set typed = load_relation(ref('base_marketing__' ~ table_name)) -%}
        {%- set reviewed = load_relation(ref('base_marketing__reviewed_' ~ table_name)) -%}
        {%- if typed is none or reviewed is none -%}
            {%- do exceptions.raise_compiler_error(
                'The base models are not built. Run make check-data, or first: dbt seed --select placeholder_ids and dbt run --select path:'
                ~ graph.nodes['model.customer_insights.base_marketing__' ~ table_name].original_file_path.rsplit('/', 1)[0]
            ) -%}
        {%- endif -%}
        {%- set contract = contract_columns(table_name).keys() | list -%}
        {%- set found = raw_column_types(table_name).keys() | list -%}
        {%- set total = run_query(
            'select count(*) as row_count, min(' ~ moment ~ ') as earliest, max(' ~ moment ~ ') as latest, max(loaded_at) as loaded'
            ~ ', (select count(rejection_reasons) from ' ~ reviewed ~ ') as rejected from ' ~ typed
        ).rows[0] -%}
        {%- do print('\n' ~ table_name | upper ~ ': ' ~ readable_number(total['row_count']) ~ ' rows') -%}
        {%- do print('  ' ~ moment ~ ' not known: no row has one') if total['earliest'] is none else print('  ' ~ moment ~ ' from ' ~ total['earliest'] ~ ' to ' ~ total['latest'] ~ '; last loaded ' ~ (total['loaded'] or 'unknown')) -%}
        {%- do print('  columns found:   ' ~ (contract | select('in', found) | join(', ') | wordwrap(60, wrapstring='\n                   '))) -%}
        {%- do print('  columns missing: ' ~ (contract | reject('in', found) | join(', ') or 'none')) -%}
        {%- do print('  not used:        ' ~ (found | reject('in', contract) | join(', ') or 'none')) -%}
        {%- set share = total['rejected'] / ([total['row_count'], 1] | max) -%}
        {%- do print('  would be rejected: ' ~ readable_number(total['rejected']) ~ ' rows, ' ~ readable_number(share * 100, 2) ~ '%'
            ~ (', more than the ' ~ readable_number(var('rejected_share_maximum') * 100) ~ '% that var rejected_share_maximum allows' if share > var('rejected_share_maximum'))) -%}
        {%- for reason in run_query(
            'select rejection_reasons, count(*) as row_count from ' ~ reviewed
            ~ ' where rejection_reasons is not null group by rejection_reasons order by row_count desc, rejection_reasons'
        ).rows -%}
            {%- do print('    ' ~ reason['rejection_reasons'] ~ ': ' ~ readable_number(reason['row_count'])) -%}
            {%- for row in run_query(
                "select raw_record from " ~ reviewed ~ " where rejection_reasons = '" ~ reason['rejection_reasons'] ~ "' order by raw_record limit 5"
            ).rows -%}
                {%- do print('      ' ~ row['raw_record'] | truncate(300)) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endfor -%}
{% endmacro %}
