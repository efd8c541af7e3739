-- Invariant: the ranks are 1, 2, 3 and so on, without gap or tie, in each period, and in each
-- channel and campaign_group of a period. A campaign has a rank if it has a score. A better rank
-- never has a lower score.
-- Guards against: ranks over several periods or groups, or over campaigns without a score.
with

funnels as (

    select * from {{ ref('campaign_funnel_periods') }}

),

ranks as (

    select
        period,
        'all' as compared_campaigns,
        campaign_id,
        efficiency_rank as stated_rank,
        efficiency_score as score
    from funnels
    union all
    select
        period,
        channel || ' ' || campaign_group as compared_campaigns,
        campaign_id,
        efficiency_rank_in_channel as stated_rank,
        efficiency_score_in_channel as score
    from funnels

),

counted_ranks as (

    select
        *,
        row_number() over (
            partition by period, compared_campaigns order by stated_rank nulls last, campaign_id
        ) as counted_rank,
        lag(score) over (
            partition by period, compared_campaigns order by stated_rank nulls last, campaign_id
        ) as better_score
    from ranks

)

select * from counted_ranks
where
    (stated_rank is null) <> (score is null)
    or stated_rank <> counted_rank
    -- Scores that differ by less than this are a tie, because ranks use nine decimals.
    or score > better_score + 0.000000001
