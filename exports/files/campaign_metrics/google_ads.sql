-- Google Ads' campaign report per day → campaign_metrics.
-- Download: Campaigns, segment by Time > Day, columns Campaign, Campaign ID, Currency code, Cost,
--           Impr. and Clicks, as CSV (.csv or Excel .csv). The names are those of the English and
--           the German interface of 2026: for another language add its names beside them. No other
--           segment is needed; rows of several are added up.
-- Does:     leaves out the two title rows and the rows of totals, reads 1,234.56 as well as
--           1.234,56, and `--` as nothing.
with report as (
    select
        file,
        loaded_at,
        coalesce(cells['Day'], cells['Tag']) as metric_date,
        coalesce(cells['Campaign ID'], cells['Kampagnen-ID']) as campaign_id,
        coalesce(cells['Campaign'], cells['Kampagne']) as campaign_name,
        coalesce(cells['Impr.'], cells['Impressions'], cells['Impressionen']) as impressions,
        coalesce(cells['Clicks'], cells['Klicks']) as clicks,
        coalesce(cells['Cost'], cells['Kosten']) as spend,
        coalesce(cells['Currency code'], cells['Währungscode']) as currency
    from download
),

-- Each campaign has an id: what has none is a total.
campaign_rows as (
    select * from report
    where campaign_id is not null
),

proven_marks as (
    select
        file,
        unnest([mark_of_amount(spend), mark_of_count(impressions), mark_of_count(clicks)]) as mark
    from campaign_rows
),

decimal_marks as (
    select file, min(mark) as mark, max(mark) as other_mark
    from proven_marks
    group by file
),

typed_rows as (
    select
        campaign_rows.* replace (
            day_of(metric_date) as metric_date,
            count_of(impressions) as impressions,
            count_of(clicks) as clicks,
            amount_of(spend, mark, other_mark) as spend
        )
    from campaign_rows
    left join decimal_marks on campaign_rows.file = decimal_marks.file
)

select
    metric_date,
    'google_ads' as platform,
    campaign_id,
    campaign_name,
    sum(cast(impressions as bigint)) as impressions,
    sum(cast(clicks as bigint)) as clicks,
    sum(cast(spend as decimal(28, 6))) as spend,
    currency,
    loaded_at
from typed_rows
group by file, loaded_at, metric_date, campaign_id, campaign_name, currency
