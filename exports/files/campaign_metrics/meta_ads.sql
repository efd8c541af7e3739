-- Meta Ads Manager's campaign report per day → campaign_metrics.
-- Download: Campaigns, breakdown by Time > Day, columns Campaign name, Campaign ID, Amount spent,
--           Impressions and Link clicks; Export table data as CSV. The names are those of the
--           English and the German interface of 2026: for another language add its names beside
--           them.
-- Does:     leaves out the summary row and each campaign's total, reads 1,234.56 as well as
--           1.234,56, and takes the currency from the name of the column `Amount spent (EUR)`.
--           Clicks are link clicks: Meta's Clicks (all) are also likes.
-- Do not open the file in a spreadsheet before: it would turn the ids into 1.2E+17.
with report as (
    select
        *,
        name_like(cells, '^(Amount spent|Ausgegebener Betrag) \([A-Z]{3}\)$') as spend_column
    from download
),

cells_by_name as (
    select
        file,
        loaded_at,
        coalesce(cells['Day'], cells['Tag']) as metric_date,
        coalesce(cells['Campaign ID'], cells['Kampagnen-ID']) as campaign_id,
        coalesce(cells['Campaign name'], cells['Kampagnenname']) as campaign_name,
        coalesce(cells['Impressions'], cells['Impressionen']) as impressions,
        coalesce(cells['Link clicks'], cells['Link-Klicks'], cells['Linkklicks']) as clicks,
        cells[spend_column] as spend,
        regexp_extract(spend_column, '\(([A-Z]{3})\)$', 1) as currency
    from report
),

-- The summary row has no campaign, a campaign's total has no day.
campaign_days as (
    select * from cells_by_name
    where metric_date is not null and (campaign_id is not null or campaign_name is not null)
),

proven_marks as (
    select
        file,
        unnest([mark_of_amount(spend), mark_of_count(impressions), mark_of_count(clicks)]) as mark
    from campaign_days
),

decimal_marks as (
    select file, min(mark) as mark, max(mark) as other_mark
    from proven_marks
    group by file
)

select
    day_of(metric_date) as metric_date,
    'meta_ads' as platform,
    campaign_id,
    campaign_name,
    coalesce(count_of(impressions), '0') as impressions,
    coalesce(count_of(clicks), '0') as clicks,  -- Meta leaves 0 empty
    coalesce(amount_of(spend, mark, other_mark), '0') as spend,
    currency,
    loaded_at
from campaign_days
left join decimal_marks on campaign_days.file = decimal_marks.file
