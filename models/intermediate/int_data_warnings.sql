select * from {{ ref('int_warnings_of_money') }}
union all
select * from {{ ref('int_warnings_of_platforms') }}
union all
select * from {{ ref('int_warnings_of_tags') }}
union all
select * from {{ ref('int_warnings_of_identity') }}
union all
select * from {{ ref('int_warnings_of_deliveries') }}
union all
select * from {{ ref('int_warnings_of_rejections') }}
