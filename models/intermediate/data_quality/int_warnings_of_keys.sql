with

placeholder_ids as (

    -- Some loaders of seeds read the text null as no value, so a missing value is that text.
    select coalesce(placeholder_id, 'null') as placeholder_id
    from {{ ref('placeholder_ids') }}

),

exchange_rates as (

    select * from {{ ref('int_exchange_rates') }}

),

conversions as (

    select
        session_id,
        customer_id,
        net_revenue
    from {{ ref('int_conversions') }}

),

delivered_rows as (

    select
        'sessions' as source_table,
        'session_id' as key_column,
        session_id as record_key,
        cast(null as {{ dbt.type_string() }}) as conversion_type,
        anonymous_id,
        user_id,
        record_status,
        started_at as event_at,
        loaded_at,
        cast(null as {{ type_decimal(28, 6) }}) as amount
    from {{ ref('base_marketing__reviewed_sessions') }}

    union all

    select
        'conversions' as source_table,
        'conversion_id' as key_column,
        conversions.conversion_id as record_key,
        conversions.conversion_type,
        cast(null as {{ dbt.type_string() }}) as anonymous_id,
        conversions.user_id,
        conversions.record_status,
        conversions.converted_at as event_at,
        conversions.loaded_at,
        abs({{ converted_amount(signed_revenue()) }}) as amount
    from {{ ref('base_marketing__reviewed_conversions') }} as conversions
    left join exchange_rates
        on {{ rate_applies('conversions.currency', business_date('conversions.converted_at')) }}

    union all

    select
        'campaign_metrics' as source_table,
        'key' as key_column,
        {{ metrics_key() }} as record_key,
        cast(null as {{ dbt.type_string() }}) as conversion_type,
        cast(null as {{ dbt.type_string() }}) as anonymous_id,
        cast(null as {{ dbt.type_string() }}) as user_id,
        campaign_metrics.record_status,
        cast(null as timestamp) as event_at,
        campaign_metrics.loaded_at,
        abs({{ converted_amount('campaign_metrics.spend') }}) as amount
    from {{ ref('base_marketing__reviewed_campaign_metrics') }} as campaign_metrics
    left join exchange_rates
        on {{ rate_applies('campaign_metrics.currency', 'campaign_metrics.metric_date') }}

),

placeholder_keys as (

    select
        'placeholder_keys' as warning,
        delivered_rows.source_table || '.' || delivered_rows.key_column || ': '
        || delivered_rows.record_key as subject,
        count(*) as row_count,
        sum(delivered_rows.amount) as amount,
        'Somebody wrote this where an id belongs, so rows that have nothing to do with each other'
        || ' count as one. Deliver the real id of each row.' as advice
    from delivered_rows
    inner join placeholder_ids
        on lower(delivered_rows.record_key) = placeholder_ids.placeholder_id
    group by delivered_rows.source_table, delivered_rows.key_column, delivered_rows.record_key
    -- A single row does no harm, and on some engines it is no reviewed row.
    having count(*) > 1

),

-- A session may be missing, so the placeholder is looked for in the conversions themselves.
placeholder_sessions as (

    select
        'placeholder_keys' as warning,
        'conversions.session_id: ' || conversions.session_id as subject,
        count(*) as row_count,
        sum(abs(conversions.net_revenue)) as amount,
        'These conversions name no real session, but count as those of one visitor if there is a'
        || ' session with this id. Deliver an empty session_id where it is not known.' as advice
    from conversions
    inner join placeholder_ids
        on lower(conversions.session_id) = placeholder_ids.placeholder_id
    group by conversions.session_id

),

-- These may be real ids, so they are not in the seed.
customers_like_placeholders as (

    select
        'ids_like_placeholders' as warning,
        'customer_id: ' || customer_id as subject,
        count(*) as row_count,
        sum(abs(net_revenue)) as amount,
        'This id seems to stand for nobody. Then it merges many people into one customer. Add it to'
        || ' the seed placeholder_ids, and it is taken as missing.' as advice
    from conversions
    where
        replace(lower(customer_id), 'anon:', '') in (
            'n/a', 'na', '#n/a', '<na>', '(null)', 'nil', '-', '--', 'not set', 'not available',
            '(not available)', 'guest@guest.com', 'deleted', 'test'
        )
    group by customer_id
    having count(*) > 1

),

-- In campaign_id and ad_id only an empty value means that there is none.
accepted_metrics_ids as (

    select
        'campaign_id' as id_column,
        campaign_id as delivered_id
    from {{ ref('base_marketing__reviewed_campaign_metrics') }}
    where record_status = 'accepted'

    union all

    select
        'ad_id' as id_column,
        ad_id as delivered_id
    from {{ ref('base_marketing__reviewed_campaign_metrics') }}
    where record_status = 'accepted' and ad_id is not null

),

placeholder_campaigns_and_ads as (

    select
        'placeholder_keys' as warning,
        'campaign_metrics.' || accepted_metrics_ids.id_column || ': '
        || accepted_metrics_ids.delivered_id as subject,
        count(*) as row_count,
        cast(null as {{ type_decimal(28, 6) }}) as amount,
        'This stands for no campaign or ad, but it counts as the id of one. A campaign counts twice'
        || ' if its total comes beside its ads in this way. Deliver the real id. Leave ad_id empty'
        || ' if it is not known.' as advice
    from accepted_metrics_ids
    left join placeholder_ids
        on lower(accepted_metrics_ids.delivered_id) = placeholder_ids.placeholder_id
    where
        placeholder_ids.placeholder_id is not null
        or (
            accepted_metrics_ids.id_column = 'ad_id'
            and lower(accepted_metrics_ids.delivered_id) in ('-', '--', 'total')
        )
    group by accepted_metrics_ids.id_column, accepted_metrics_ids.delivered_id

),

-- Each superseded row beside the row that counts in its place.
replaced_rows as (

    select
        superseded_rows.source_table,
        superseded_rows.key_column,
        superseded_rows.record_key,
        superseded_rows.conversion_type,
        accepted_rows.conversion_type as accepted_conversion_type,
        superseded_rows.anonymous_id,
        accepted_rows.anonymous_id as accepted_anonymous_id,
        superseded_rows.user_id,
        accepted_rows.user_id as accepted_user_id,
        superseded_rows.event_at,
        accepted_rows.event_at as accepted_event_at,
        superseded_rows.loaded_at,
        accepted_rows.loaded_at as accepted_loaded_at,
        superseded_rows.amount,
        accepted_rows.amount as accepted_amount
    from delivered_rows as superseded_rows
    inner join delivered_rows as accepted_rows
        on
            superseded_rows.source_table = accepted_rows.source_table
            and superseded_rows.record_key = accepted_rows.record_key
    where
        superseded_rows.record_status = 'superseded'
        and accepted_rows.record_status = 'accepted'

),

-- A shop that sends a refund under the id of its order takes the purchase out of the marts, or the
-- refund if the order comes last.
purchases_and_refunds as (

    select
        'purchases_and_refunds_under_one_id' as warning,
        'conversions.conversion_id: ' || record_key as subject,
        count(*) as row_count,
        max(amount) as amount,
        'A purchase and a refund came under this id, and only the last one counts. The amount is'
        || ' what was left out. Give each refund an id of its own, such as that of the order with'
        || ' -refund behind it.' as advice
    from replaced_rows
    where
        conversion_type in ('purchase', 'refund')
        and accepted_conversion_type in ('purchase', 'refund')
        and conversion_type <> accepted_conversion_type
    group by record_key

),

-- Within one load most such rows are rejected. In several loads they look like corrections, but a
-- correction hardly ever names another person.
keys_of_several_people as (

    select
        'keys_of_several_people' as warning,
        source_table || '.' || key_column || ': ' || record_key as subject,
        count(*) as row_count,
        sum(amount) as amount,
        'Rows of several people came under this id, and only the last one counts. Is the id unique'
        || ' only for each visitor or each shop? Then write the visitor or the shop in front of'
        || ' it.' as advice
    from replaced_rows
    where anonymous_id <> accepted_anonymous_id or user_id <> accepted_user_id
    group by source_table, key_column, record_key

),

-- In one load a session has one start. Rows with several starts are mostly page views. Then the
-- last page wins, and its tags are not those that brought the visitor.
sessions_with_several_starts as (

    select
        'sessions_with_several_starts' as warning,
        'sessions.started_at' as subject,
        count(*) as row_count,
        cast(null as {{ type_decimal(28, 6) }}) as amount,
        'In one load, rows of one session_id have different times in started_at, and only the'
        || ' latest row counts, with its tags. Is each row a page view? Then deliver only the first'
        || ' row of each session.' as advice
    from replaced_rows
    where
        source_table = 'sessions'
        and event_at <> accepted_event_at
        and (
            loaded_at = accepted_loaded_at or (loaded_at is null and accepted_loaded_at is null)
        )
    -- Without such rows an aggregate would still return a row.
    having count(*) > 0

),

-- A correction hardly ever moves a purchase to another day. The id of a subscription or a customer
-- names another payment there. A payment that was delivered several times counts once.
payments_of_other_days as (

    select distinct
        record_key,
        event_at,
        amount
    from replaced_rows
    where
        source_table = 'conversions'
        and amount > 0
        and conversion_type = accepted_conversion_type
        and (
            accepted_event_at >= {{ dbt.dateadd('hour', 24, 'event_at') }}
            or event_at >= {{ dbt.dateadd('hour', 24, 'accepted_event_at') }}
        )

),

conversions_on_several_days as (

    select
        'conversions_on_several_days' as warning,
        'conversions.conversion_id: ' || record_key as subject,
        count(*) as row_count,
        sum(amount) as amount,
        'Conversions of several days came under this id, and only the last one counts. The amount'
        || ' is what was left out. Is it the id of a subscription or of an order with several'
        || ' refunds? Then give each payment an id of its own.' as advice
    from payments_of_other_days
    group by record_key

),

-- Corrections take longer than minutes. Line items that a loader writes one after the other do not.
replaced_amounts as (

    select
        'amounts_replaced_within_minutes' as warning,
        source_table || ': ' || record_key as subject,
        count(*) as row_count,
        sum(amount) as amount,
        'Another amount came under the same key less than 10 minutes later, and only the last one'
        || ' counts. The amount is what was left out. If these rows are line items, add them up. If'
        || ' they are ads of one campaign, put the ad into ad_id.' as advice
    from replaced_rows
    where
        amount > 0
        and amount <> accepted_amount
        and accepted_loaded_at < {{ dbt.dateadd('minute', 10, 'loaded_at') }}
        and coalesce(conversion_type, '') = coalesce(accepted_conversion_type, '')
    group by source_table, record_key

),

all_warnings as (

    select * from placeholder_keys
    union all
    select * from placeholder_sessions
    union all
    select * from customers_like_placeholders
    union all
    select * from placeholder_campaigns_and_ads
    union all
    select * from purchases_and_refunds
    union all
    select * from keys_of_several_people
    union all
    select * from sessions_with_several_starts
    union all
    select * from conversions_on_several_days
    union all
    select * from replaced_amounts

)

select
    warning,
    subject,
    row_count,
    'rows' as counted,
    cast(amount as {{ type_decimal(28, 6) }}) as amount,
    advice
from all_warnings
