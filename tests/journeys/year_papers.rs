//! Papers of a whole year: receipts as one ZIP that can be resumed, and the statement as paper and spreadsheet.

use std::io::{Cursor, Read};

use reqwest::Response;
use serde_json::{Value, json};
use tejian::staff::Role;

use crate::bank::statement;
use crate::downloads::ask_link;
use crate::receipts::paid_order;
use crate::seed::Class;
use crate::staff_refunds::{approve, let_it_happen, propose};
use crate::transfers::{order_page, transfer_order};
use crate::world::{Phone, World};

const GOOD: &str = "91500000DEM0000145";

async fn address(world: &World, phone: &Phone, kind: &str, id: &str) -> String {
    let link = ask_link(world, phone, kind, id).await.ok();
    format!("{}{}", world.base_url, link["url"].as_str().expect("an address"))
}

async fn fetch(world: &World, url: &str, headers: &[(&str, &str)]) -> Response {
    let request = headers.iter().fold(world.http.get(url), |request, (name, value)| request.header(*name, *value));
    request.send().await.expect("an answer")
}

fn header(response: &Response, name: &str) -> String {
    response.headers()[name].to_str().expect("headers are ASCII").to_owned()
}

#[tokio::test]
async fn receipts_are_listed_by_the_year_in_which_they_were_issued() {
    let world = World::start().await;
    let (unit, phone, order) = paid_order(&world, Class::Vat, GOOD, &[126_500]).await;
    let empty = world.get(&phone, "/api/v1/invoices").await.ok();
    assert_eq!((&empty["items"], &empty["years"]), (&json!([]), &json!([])));
    let_it_happen(&world).await;
    let all = world.get(&phone, "/api/v1/invoices").await.ok();
    let receipt = &all["items"][0];
    assert_eq!((&receipt["order_id"], &receipt["amount_fen"]), (&json!(order), &json!(126_500)), "{all}");
    assert_eq!(
        (&receipt["state"], &receipt["can"]["download"], &all["years"]),
        (&json!("issued"), &json!(true), &json!([2026]))
    );
    // The last moment of 2025 in Beijing.
    world.tamper("UPDATE invoices SET issued_at = 1767196799999").await;
    assert_eq!(world.get(&phone, "/api/v1/invoices?year=2026").await.ok()["items"], json!([]));
    let before = world.get(&phone, "/api/v1/invoices?year=2025").await.ok();
    assert_eq!((before["items"].as_array().unwrap().len(), &before["years"]), (1, &json!([2025])));
    for odd in ["2147483647", "-2147483648", "0"] {
        assert_eq!(world.get(&phone, &format!("/api/v1/invoices?year={odd}")).await.ok()["items"], json!([]));
    }
    let chief = world.phone(&unit.unit_account, &unit.unit, "oChief").await;
    assert_eq!(world.get(&chief, "/api/v1/invoices").await.ok()["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn the_receipts_of_a_year_come_as_one_zip_that_goes_on_where_it_broke_off() {
    let world = World::start().await;
    let (_, phone, order) = paid_order(&world, Class::Nontax, GOOD, &[126_500]).await;
    assert_eq!(ask_link(&world, &phone, "year_invoices_zip", "2026").await.refused(409), "no_receipts");
    assert_eq!(ask_link(&world, &phone, "year_invoices_zip", "x").await.refused(404), "year_not_found");
    let_it_happen(&world).await;
    let page = order_page(&world, &phone, &order).await;
    assert_eq!(page["can"]["download_invoice_ofd"], true, "{page}");
    let ofd = fetch(&world, &address(&world, &phone, "order_invoice_ofd", &order).await, &[]).await;
    assert_eq!(header(&ofd, "content-type"), "application/ofd");
    let ofd = ofd.bytes().await.unwrap();

    let url = address(&world, &phone, "year_invoices_zip", "2026").await;
    let whole = fetch(&world, &url, &[]).await;
    assert_eq!(
        (header(&whole, "content-type"), header(&whole, "accept-ranges")),
        ("application/zip".into(), "bytes".into())
    );
    let mark = header(&whole, "etag");
    let size: usize = header(&whole, "content-length").parse().unwrap();
    let whole = whole.bytes().await.unwrap();
    assert_eq!(whole.len(), size);
    let mut archive = zip::ZipArchive::new(Cursor::new(whole.clone())).expect("a ZIP");
    let names: Vec<String> = archive.file_names().map(|name| name.expect("a name in UTF-8").into_owned()).collect();
    assert_eq!(names.len(), 2, "PDF and OFD: {names:?}");
    let number = page["invoice"]["invoice_number"].as_str().unwrap();
    assert!(names.iter().all(|name| name.starts_with("2026-08-03_") && name.contains(number)), "{names:?}");
    let place = names.iter().position(|name| name.ends_with(".ofd")).expect("an OFD");
    let mut content = Vec::new();
    archive.by_index(place).unwrap().read_to_end(&mut content).unwrap();
    assert_eq!(content, ofd);

    let first = fetch(&world, &url, &[("range", "bytes=0-999")]).await;
    assert_eq!((first.status().as_u16(), header(&first, "content-range")), (206, format!("bytes 0-999/{size}")));
    // The connection broke off, the link was over: a new one leads to the same bytes.
    world.clock.advance_ms(700_000);
    let again = address(&world, &phone, "year_invoices_zip", "2026").await;
    let rest = fetch(&world, &again, &[("range", "bytes=1000-"), ("if-range", &mark)]).await;
    assert_eq!((rest.status().as_u16(), header(&rest, "content-length")), (206, (size - 1_000).to_string()));
    let joined = [first.bytes().await.unwrap(), rest.bytes().await.unwrap()].concat();
    assert_eq!(joined, whole);
    let changed = fetch(&world, &again, &[("range", "bytes=1000-"), ("if-range", "\"other\"")]).await;
    assert_eq!(changed.status().as_u16(), 200, "another file: from its beginning");
    assert_eq!(fetch(&world, &again, &[("range", &format!("bytes={size}-"))]).await.status().as_u16(), 416);

    // The packed file is forgotten after a day; packed anew it is the same.
    world.pass_minutes(25 * 60).await;
    assert_eq!(world.number("SELECT COUNT(*) FROM jobs WHERE kind = 'downloads.forget_archive'").await, 0);
    let later = fetch(&world, &address(&world, &phone, "year_invoices_zip", "2026").await, &[]).await;
    assert_eq!(header(&later, "etag"), mark);
    assert_eq!(later.bytes().await.unwrap(), whole);
}

#[tokio::test]
async fn a_single_receipt_can_be_resumed_too() {
    let world = World::start().await;
    let (_, phone, order) = paid_order(&world, Class::Vat, GOOD, &[126_500]).await;
    let_it_happen(&world).await;
    assert_eq!(ask_link(&world, &phone, "order_invoice_ofd", &order).await.refused(409), "no_ofd");
    let url = address(&world, &phone, "order_invoice", &order).await;
    let whole = fetch(&world, &url, &[]).await.bytes().await.unwrap();
    let tail = fetch(&world, &url, &[("range", "bytes=-7")]).await;
    assert_eq!(tail.status().as_u16(), 206);
    assert_eq!(tail.bytes().await.unwrap(), whole[whole.len() - 7..]);
}

fn cell(sheet: &calamine::Range<calamine::Data>, row: u32, column: u32) -> String {
    sheet.get_value((row, column)).map(ToString::to_string).unwrap_or_default()
}

#[tokio::test]
async fn the_statement_of_a_year_adds_up_payments_and_refunds_with_their_receipts() {
    let world = World::start().await;
    let (unit, phone, order) = paid_order(&world, Class::Vat, GOOD, &[126_500, 60_500]).await;
    assert_eq!(ask_link(&world, &phone, "year_statement_pdf", "2025").await.refused(409), "no_payments");
    let_it_happen(&world).await;
    let mut cashier = world.staff("cashier", &[Role::Cashier]).await;
    let mut reviewer = world.staff("reviewer", &[Role::FinanceReviewer]).await;
    let review = propose(&world, &mut cashier, &order, 30_000).await;
    approve(&world, &mut reviewer, &review).await;
    let_it_happen(&world).await;
    let page = order_page(&world, &phone, &order).await;
    let number = page["invoice"]["invoice_number"].as_str().unwrap();

    let sheet = fetch(&world, &address(&world, &phone, "year_statement_xlsx", "2026").await, &[]).await;
    assert!(header(&sheet, "content-type").contains("spreadsheetml"));
    let content = sheet.bytes().await.unwrap();
    let mut book: calamine::Xlsx<_> = calamine::Reader::new(Cursor::new(content.to_vec())).expect("a workbook");
    let lines = calamine::Reader::worksheet_range(&mut book, "对账单").expect("lines");
    assert!(cell(&lines, 1, 0).contains("仅含报检人 139****0001"), "{}", cell(&lines, 1, 0));
    assert_eq!(cell(&lines, 4, 1), page["order_no"].as_str().unwrap());
    assert_eq!(
        (cell(&lines, 4, 3), cell(&lines, 4, 4), cell(&lines, 4, 5)),
        ("2".into(), "线上支付".into(), number.into())
    );
    assert_eq!((cell(&lines, 4, 6), cell(&lines, 5, 7)), ("1870".into(), "300".into()));
    assert_eq!((cell(&lines, 6, 6), cell(&lines, 6, 7)), ("1870".into(), "300".into()), "the sums");
    assert_eq!((cell(&lines, 7, 2), cell(&lines, 7, 6)), ("壹仟伍佰柒拾元整".into(), "1570".into()));
    let months = calamine::Reader::worksheet_range(&mut book, "按月合计").expect("months");
    assert_eq!((cell(&months, 1, 0), cell(&months, 1, 4)), ("2026年8月".into(), "1570".into()));
    let reports = calamine::Reader::worksheet_range(&mut book, "报告明细").expect("reports");
    let mut amounts = [cell(&reports, 1, 5), cell(&reports, 2, 5)];
    amounts.sort();
    assert_eq!((reports.height(), amounts), (3, ["1265".into(), "605".into()]));

    let chief = world.phone(&unit.unit_account, &unit.unit, "oChief").await;
    let pdf = fetch(&world, &address(&world, &chief, "year_statement_pdf", "2026").await, &[]).await;
    let document = lopdf::Document::load_mem(&pdf.bytes().await.unwrap()).expect("a PDF");
    let text = document.extract_text(&[1]).expect("text");
    for words in
        ["2026 年度特种设备检验缴费对账单", "示例物业001有限公司", "壹仟伍佰柒拾元整", "1,870.00", "2026 年 8 月"]
    {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(!text.contains("仅含报检人"), "the unit's own account sees all of it");
    let other = world.seed_unit("别家物业有限公司", "13900000002").await;
    let stranger: Phone = world.phone(&other.applicant, &other.unit, "oStranger").await;
    let refused: Value = ask_link(&world, &stranger, "year_statement_xlsx", "2026").await.body;
    assert_eq!(refused["error"]["code"], "no_payments");
}

#[tokio::test]
async fn money_that_the_bank_had_on_the_last_day_of_a_year_stands_in_that_year() {
    let world = World::start().await;
    // The first of January 2027, ten o'clock.
    world.clock.advance_ms(151 * 86_400_000);
    let new_year = world.app.now_ms();
    let (_, phone, order) = transfer_order(&world, 126_500).await;
    world.settle().await;
    let page = order_page(&world, &phone, &order).await;
    let code = page["payment_notice"]["payment_code"].as_str().expect("a code").to_owned();
    let desk = world.staff("cashier", &[Role::Cashier]).await;
    let csv = format!("交易日期,贷方金额,对方户名,附言,交易流水号\n2026-12-31,1265.00,示例物业001有限公司,{code},Y1\n");
    statement(&world, &desk, csv.as_bytes()).await;
    let_it_happen(&world).await;
    let page = order_page(&world, &phone, &order).await;
    assert!(page["paid_at"].as_i64() >= Some(new_year), "booked when the statement was read: {page}");

    assert_eq!(ask_link(&world, &phone, "year_statement_xlsx", "2027").await.refused(409), "no_payments");
    let sheet = fetch(&world, &address(&world, &phone, "year_statement_xlsx", "2026").await, &[]).await;
    let content = sheet.bytes().await.unwrap();
    let mut book: calamine::Xlsx<_> = calamine::Reader::new(Cursor::new(content.to_vec())).expect("a workbook");
    let lines = calamine::Reader::worksheet_range(&mut book, "对账单").expect("lines");
    assert_eq!((cell(&lines, 4, 0), cell(&lines, 4, 6)), ("2026-12-31".into(), "1265".into()), "as his bank shows it");
    let months = calamine::Reader::worksheet_range(&mut book, "按月合计").expect("months");
    assert_eq!(cell(&months, 1, 0), "2026年12月");

    let paper = fetch(&world, &address(&world, &phone, "order_document", &order).await, &[]).await;
    let document = lopdf::Document::load_mem(&paper.bytes().await.unwrap()).expect("a PDF");
    let text = document.extract_text(&[1]).expect("text");
    assert!(text.contains("到账日期") && text.contains("2026-12-31"), "{text}");
}

#[tokio::test]
async fn a_refund_is_dated_by_wechat_and_not_by_the_moment_in_which_we_heard_of_it() {
    let world = World::start().await;
    let (_, _, order) = paid_order(&world, Class::Vat, GOOD, &[126_500]).await;
    let_it_happen(&world).await;
    let mut cashier = world.staff("cashier", &[Role::Cashier]).await;
    let mut reviewer = world.staff("reviewer", &[Role::FinanceReviewer]).await;
    let review = propose(&world, &mut cashier, &order, 30_000).await;
    // No notice comes: we ask, a step later than the money came.
    world.wechat.faults().set(|faults| faults.notice_lost_next = 100);
    approve(&world, &mut reviewer, &review).await;
    for _ in 0..20 {
        world.pass_minutes(2).await;
        if world.number("SELECT COUNT(*) FROM refunds WHERE state = 'success'").await == 1 {
            break;
        }
    }
    let succeeded_at = world.number("SELECT succeeded_at FROM refunds WHERE state = 'success'").await;
    assert!(world.app.now_ms() - succeeded_at >= 120_000, "{succeeded_at}");
    assert!(succeeded_at >= world.number("SELECT created_at FROM refunds").await, "not before it was asked for");
}
