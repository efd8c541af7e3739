{%- set prior = var('efficiency_prior_conversions') -%}
{#- With fewer expected conversions there is too little data for an answer. -#}
{%- set enough_conversions = 20 -%}

with

campaign_steps as (

    select
        *,
        benchmark_continued / nullif(benchmark_entered, 0) as benchmark_rate,
        {{ at_nine_decimals('step_index') }} as compared_index,
        {{ at_nine_decimals('z') }} as compared_z,
        {{ at_nine_decimals('expected') }} as compared_expected
    from {{ ref('int_campaign_benchmarks') }}

),

-- A stage can be improved only if other campaigns of the same channel do better. Other channels
-- often differ by their nature: search ads get more clicks than display ads.
ranked_weak_stages as (

    select
        period,
        campaign_id,
        step as weakest_stage,
        expected - continued as missing_people,
        z,
        compared_z,
        row_number() over (
            partition by period, campaign_id order by compared_z, step_order
        ) as weakness_rank
    from campaign_steps
    where
        step in ('click_through', 'click_to_session', 'session_to_conversion')
        and benchmark = 'channel'
        and compared_index < {{ var('weak_stage_index') }}
        and compared_z <= -2

),

-- One row per campaign with its steps side by side.
campaigns as (

    select
        period,
        campaign_id,
        channel,
        campaign_group,
        benchmark,
        max(case when step = 'click_through' then step_index end) as click_through_index,
        max(case when step = 'click_through' then compared_index end)
            as compared_click_through_index,
        max(case when step = 'click_to_session' then step_index end) as click_to_session_index,
        max(case when step = 'click_to_session' then benchmark_rate end)
            as click_to_session_benchmark_rate,
        max(case when step = 'session_to_conversion' then step_index end)
            as session_to_conversion_index,
        max(case when step = 'session_to_conversion' then compared_index end)
            as compared_session_to_conversion_index,
        max(case when step = 'session_to_conversion' then compared_z end)
            as session_to_conversion_z,
        max(case when step = 'session_to_conversion' then benchmark_rate end)
            as session_to_conversion_benchmark_rate,
        max(case when step = 'session_to_conversion' then compared_expected end)
            as expected_conversions,
        max(case when step = 'impression_to_conversion' then entered end) as impressions,
        max(case when step = 'impression_to_conversion' then continued end) as conversions,
        max(case when step = 'impression_to_conversion' then benchmark_entered end)
            as benchmark_impressions,
        max(case when step = 'impression_to_conversion' then benchmark_continued end)
            as benchmark_conversions,
        max(case when step = 'impression_to_conversion' then benchmark_gross_revenue end)
            as benchmark_gross_revenue,
        max(case when step = 'spend_to_conversion' then compared_index end) as spend_index,
        max(case when step = 'spend_to_conversion' then compared_z end) as spend_z,
        max(case when step = 'spend_to_conversion' then compared_expected end)
            as conversions_expected_of_spend
    from campaign_steps
    group by period, campaign_id, channel, campaign_group, benchmark

),

-- Whole numbers are summed exactly, so the order of the rows changes no digit.
portfolio_sums as (

    select
        period,
        cast(sum(cast(impressions as {{ type_decimal(38, 0) }})) as {{ type_double() }})
            as impressions,
        cast(sum(cast(conversions as {{ type_decimal(38, 0) }})) as {{ type_double() }})
            as conversions
    from campaigns
    group by period

),

-- How well each campaign and its benchmark convert, as multiples: 2 is twice as well.
multiples as (

    select
        campaigns.*,
        -- The product of the stages ranks better than conversions per impression: conversions are
        -- few, and clicks say much, too.
        campaigns.click_through_index
        * campaigns.click_to_session_index
        * campaigns.session_to_conversion_index as index_product,
        -- How the benchmark compares with the portfolio. The prior keeps the score above 0 where
        -- the benchmark has no conversions.
        (campaigns.benchmark_conversions + {{ prior }}) * portfolio_sums.impressions
        / nullif(
            campaigns.benchmark_impressions * portfolio_sums.conversions
            + {{ prior }} * portfolio_sums.impressions,
            0
        ) as benchmark_multiple,
        (campaigns.conversions + {{ prior }}) * portfolio_sums.impressions
        / nullif(
            campaigns.impressions * portfolio_sums.conversions
            + {{ prior }} * portfolio_sums.impressions,
            0
        ) as own_multiple
    from campaigns
    inner join portfolio_sums on campaigns.period = portfolio_sums.period

),

scores as (

    select
        *,
        100 * coalesce(index_product * benchmark_multiple, own_multiple)
        / (1 + coalesce(index_product * benchmark_multiple, own_multiple)) as efficiency_score,
        case when benchmark = 'channel' then 100 * index_product / (1 + index_product) end
            as efficiency_score_in_channel
    from multiples

),

ranked_scores as (

    select
        *,
        row_number() over (
            partition by period
            order by
                {{ at_nine_decimals('efficiency_score') }} desc nulls last,
                {{ by_code_point('campaign_id') }}
        ) as score_rank,
        row_number() over (
            partition by period, channel, campaign_group
            order by
                {{ at_nine_decimals('efficiency_score_in_channel') }} desc nulls last,
                {{ by_code_point('campaign_id') }}
        ) as score_rank_in_channel
    from scores

),

losses as (

    select
        period,
        campaign_id,
        weakest_stage,
        compared_z,
        -- A flagged campaign was partly unlucky, so 1 / z² of the difference is taken off. z is at
        -- most -2 here, so the difference is above 0 and at least 3/4 of it remain.
        missing_people * (1 - 1 / (z * z)) as lost_people
    from ranked_weak_stages
    where weakness_rank = 1

),

flags as (

    select
        ranked_scores.*,
        losses.weakest_stage,
        case
            when losses.compared_z <= -3 then 'strong'
            when losses.compared_z <= -2 then 'likely'
            when ranked_scores.expected_conversions >= {{ enough_conversions }} then 'none'
            else 'too little data'
        end as evidence,
        -- How many of the lost people would have bought: each later stage at the benchmark's rate,
        -- times what the campaign makes of it (its index).
        case losses.weakest_stage
            when 'click_through'
                then
                    losses.lost_people
                    * ranked_scores.click_to_session_benchmark_rate
                    * ranked_scores.click_to_session_index
                    * ranked_scores.session_to_conversion_benchmark_rate
                    * ranked_scores.session_to_conversion_index
            when 'click_to_session'
                then
                    losses.lost_people
                    * ranked_scores.session_to_conversion_benchmark_rate
                    * ranked_scores.session_to_conversion_index
            when 'session_to_conversion' then losses.lost_people
        end as lost_conversions
    from ranked_scores
    left join losses
        on ranked_scores.period = losses.period and ranked_scores.campaign_id = losses.campaign_id

)

select
    period,
    campaign_id,
    click_through_index,
    click_to_session_index,
    session_to_conversion_index,
    benchmark,
    efficiency_score,
    cast(case when efficiency_score is not null then score_rank end as bigint) as efficiency_rank,
    efficiency_score_in_channel,
    cast(
        case when efficiency_score_in_channel is not null then score_rank_in_channel end as bigint
    ) as efficiency_rank_in_channel,
    weakest_stage,
    case when benchmark = 'channel' then evidence end as evidence,
    -- An index or a benchmark may be null, and the flag is never null.
    coalesce(
        benchmark = 'channel'
        and compared_click_through_index >= {{ var('clicked_index_minimum') }}
        and compared_session_to_conversion_index <= {{ var('not_converting_index_maximum') }}
        and session_to_conversion_z <= -1.64,
        false
    ) as is_clicked_but_not_converting,
    lost_conversions,
    lost_conversions * benchmark_gross_revenue / nullif(benchmark_conversions, 0) as lost_revenue,
    case
        when benchmark = 'channel' and conversions_expected_of_spend is not null
            then
                case
                    when spend_z <= -2 and spend_index < 0.8 then 'dearer'
                    when spend_z >= 2 and spend_index > 1.25 then 'cheaper'
                    when conversions_expected_of_spend < {{ enough_conversions }}
                        then 'too little data'
                    else 'similar'
                end
    end as cost_comparison
from flags
