//! The rows of the demo data.

use time::{Date, Duration};

use super::units::{self, DemoUnit};
use crate::imports::columns::Field;
use crate::imports::sample_codes::{credit_code, registration_code};
use crate::imports::writer::Cells;

/// 报告编号 of the first row; tells later seedings on which day the first one stood.
pub const FIRST_REPORT_NO: &str = "DT-DJ-2026-0000001";
/// How many days before the day of the seeding that report was issued.
pub const FIRST_REPORT_AGE_DAYS: i64 = 380;
/// Payable reports of the property group.
const GROUP_FEES: u32 = 2_000;

/// Which file a report has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pdf {
    /// Made for this report.
    Own,
    /// One file for all reports of the group: two thousand would take minutes to make.
    Shared,
    /// Not there yet.
    Missing,
}

/// A row and its report file.
pub struct DemoRow {
    /// The cells, without the file.
    pub cells: Cells,
    /// Which file.
    pub pdf: Pdf,
}

/// A kind of device: variety code (none for what has no registration code), name, kind.
#[derive(Clone, Copy)]
struct Kind(&'static str, &'static str, &'static str);

const LIFT: Kind = Kind("3110", "曳引驱动乘客电梯", "电梯");
const GOODS_LIFT: Kind = Kind("3120", "曳引驱动载货电梯", "电梯");
const ESCALATOR: Kind = Kind("3310", "自动扶梯", "电梯");
const FIRE_LIFT: Kind = Kind("3420", "消防员电梯", "电梯");
const DUMBWAITER: Kind = Kind("3430", "杂物电梯", "电梯");
const CHAMBER: Kind = Kind("2410", "医用氧舱", "压力容器");
const VESSEL_3: Kind = Kind("2130", "第三类压力容器", "压力容器");
const VESSEL_2: Kind = Kind("2150", "第二类压力容器", "压力容器");
const TANKER: Kind = Kind("2220", "汽车罐车", "压力容器");
const CYLINDER: Kind = Kind("2310", "无缝气瓶", "压力容器");
const STEAM_BOILER: Kind = Kind("1100", "承压蒸汽锅炉", "锅炉");
const WATER_BOILER: Kind = Kind("1200", "承压热水锅炉", "锅炉");
const PROCESS_PIPE: Kind = Kind("8310", "工艺管道", "压力管道");
const POWER_PIPE: Kind = Kind("8320", "动力管道", "压力管道");
const COLD_PIPE: Kind = Kind("8330", "制冷管道", "压力管道");
const FORKLIFT: Kind = Kind("5110", "叉车", "场（厂）内专用机动车辆");
const WHEEL: Kind = Kind("6100", "观览车", "大型游乐设施");
const COASTER: Kind = Kind("6200", "滑行车", "大型游乐设施");
const CABLEWAY: Kind = Kind("9120", "循环式客运架空索道", "客运索道");
const TOWER_CRANE: Kind = Kind("4310", "普通塔式起重机", "起重机械");
const BRIDGE_CRANE: Kind = Kind("4110", "通用桥式起重机", "起重机械");
const PORTAL_CRANE: Kind = Kind("4710", "门座起重机", "起重机械");
const VALVE: Kind = Kind("", "安全阀校验", "安全附件");
const GOVERNOR: Kind = Kind("", "限速器校验", "安全附件");
const TESTING: Kind = Kind("", "无损检测", "委托检测");

/// What is owed and how it stands.
#[derive(Clone, Copy)]
enum Terms {
    /// 非税, payable: yuan.
    Nontax(&'static str),
    /// 增值税, payable: yuan.
    Vat(&'static str),
    /// 非税, settled elsewhere: yuan.
    Settled(&'static str),
}

/// What the orders of the demo data are made of: the first of their reports and how many.
pub mod ordered {
    /// Paid, with receipt and reports.
    pub const COMPLETED: (u32, u32) = (101, 3);
    /// The same in the other receipt class.
    pub const COMPLETED_VAT: (u32, u32) = (104, 2);
    /// Paid; one of its reports has no file yet.
    pub const PAID: (u32, u32) = (106, 2);
    /// Confirmed, not paid.
    pub const PENDING: (u32, u32) = (108, 2);
    /// A code is shown and nobody has paid yet.
    pub const PAYING: (u32, u32) = (110, 1);
    /// Given up by the payer.
    pub const VOID: (u32, u32) = (111, 1);
    /// A transfer with code and amount: claimed by itself.
    pub const TRANSFER_MATCHED: (u32, u32) = (112, 1);
    /// A transfer of half the amount.
    pub const TRANSFER_PART: (u32, u32) = (113, 1);
    /// A transfer of 50 yuan too much.
    pub const TRANSFER_OVER: (u32, u32) = (114, 1);
    /// A code that nobody has paid with yet.
    pub const TRANSFER_WAITING: (u32, u32) = (115, 1);
    /// A remittance that was found to be right.
    pub const REMITTED_APPROVED: (u32, u32) = (116, 1);
    /// A remittance that was found to be wrong: its fee is payable again.
    pub const REMITTED_REJECTED: (u32, u32) = (117, 1);
    /// A remittance that nobody has reviewed in time.
    pub const REMITTED_OVERDUE: (u32, u32) = (118, 1);
    /// Of the customer who pays monthly: paid on a day that is over, two orders.
    pub const PAST_DAY: [(u32, u32); 2] = [(131, 1), (132, 2)];
    /// Of the same: reports that were let go on credit.
    pub const CREDIT_GRANTED: (u32, u32) = (134, 1);
    /// Of the same: asked for and not decided.
    pub const CREDIT_ASKED: (u32, u32) = (135, 1);
}

/// 报告编号 of a row.
pub fn report_no(number: u32) -> String {
    format!("DT-DJ-2026-{number:07}")
}

/// What was there before: reports of earlier years, and those that orders have been made of.
pub fn history(today: Date) -> Vec<DemoRow> {
    let mut list = List { today, rows: Vec::new(), next: 1 };
    list.add(&units::PROPERTY, LIFT, Terms::Settled("605.00"), FIRST_REPORT_AGE_DAYS);
    list.add(&units::PROPERTY, LIFT, Terms::Settled("0"), 300);
    for unit in units::ALL {
        list.add(unit, LIFT, Terms::Settled("1265.00"), 210);
        list.add(unit, BRIDGE_CRANE, Terms::Settled("400.00"), 95);
    }
    list.add(&units::STOPPED, WATER_BOILER, Terms::Settled("340.00"), 190);
    list.next = ordered::COMPLETED.0;
    for amount in ["605.00", "1265.00", "2090.00"] {
        list.add(&units::PROPERTY, LIFT, Terms::Nontax(amount), 40);
    }
    list.add(&units::PROPERTY, GOVERNOR, Terms::Vat("120.00"), 38);
    list.add(&units::PROPERTY, GOVERNOR, Terms::Vat("120.00"), 38);
    list.add(&units::PROPERTY, GOODS_LIFT, Terms::Nontax("550.00"), 12);
    list.add(&units::PROPERTY, GOODS_LIFT, Terms::Nontax("550.00"), 12);
    list.leave_out_the_last_file();
    for (kind, amount) in [(LIFT, "880.00"), (DUMBWAITER, "400.00"), (ESCALATOR, "400.00"), (FIRE_LIFT, "1540.00")] {
        list.add(&units::PROPERTY, kind, Terms::Nontax(amount), 9);
    }
    for amount in ["605.00", "1265.00", "880.00", "660.00"] {
        list.add(&units::PROPERTY, LIFT, Terms::Nontax(amount), 8);
    }
    for amount in ["240.00", "360.00", "480.00"] {
        list.add(&units::PROPERTY, GOVERNOR, Terms::Vat(amount), 8);
    }
    list.next = ordered::PAST_DAY[0].0;
    for amount in ["1500.00", "900.00", "660.00", "2400.00", "1800.00"] {
        list.add(&units::CREDIT_CUSTOMER, PORTAL_CRANE, Terms::Nontax(amount), 15);
    }
    list.rows
}

/// What is new: the fees that are due.
pub fn current(today: Date) -> Vec<DemoRow> {
    use Terms::{Nontax, Vat};
    let mut list = List { today, rows: Vec::new(), next: 201 };
    for _ in 0..20 {
        list.add(&units::PROPERTY, LIFT, Nontax("50.00"), 3);
    }
    for (unit, kind, terms) in [
        (&units::HOSPITAL, CHAMBER, Nontax("1200.00")),
        (&units::HOSPITAL, LIFT, Nontax("500.00")),
        (&units::HOSPITAL, LIFT, Nontax("550.00")),
        (&units::HOSPITAL, DUMBWAITER, Nontax("400.00")),
        (&units::HOSPITAL, VALVE, Vat("80.00")),
        (&units::HOSPITAL, VALVE, Vat("80.00")),
        (&units::HOSPITAL, GOVERNOR, Vat("0.01")),
        (&units::WORKSHOP, FORKLIFT, Nontax("200.00")),
        (&units::WORKSHOP, FORKLIFT, Nontax("300.00")),
        (&units::NAMESAKE_NORTH, LIFT, Nontax("605.00")),
        (&units::NAMESAKE_SOUTH, LIFT, Nontax("660.00")),
        (&units::HOUSEHOLD, LIFT, Nontax("605.00")),
        (&units::PLANT, PROCESS_PIPE, Nontax("2000000.00")),
        (&units::PLANT, POWER_PIPE, Nontax("38500.00")),
        (&units::PLANT, COLD_PIPE, Nontax("12600.50")),
        (&units::PLANT, VESSEL_3, Nontax("1500.00")),
        (&units::PLANT, STEAM_BOILER, Nontax("830.00")),
        (&units::PLANT, VALVE, Vat("80.00")),
        (&units::PLANT, TESTING, Vat("26800.00")),
        (&units::PARK, WHEEL, Nontax("3000.00")),
        (&units::PARK, COASTER, Nontax("2600.00")),
        (&units::PARK, CABLEWAY, Nontax("5230.00")),
        (&units::FILLER, CYLINDER, Nontax("300.00")),
        (&units::FILLER, TANKER, Nontax("900.00")),
        (&units::CONSTRUCTOR, TOWER_CRANE, Nontax("1100.00")),
        (&units::CONSTRUCTOR, TESTING, Vat("1500.00")),
        (&units::PIPE_MAKER, PROCESS_PIPE, Vat("7200.00")),
        (&units::VESSEL_MAKER, VESSEL_2, Vat("4300.00")),
        (&units::CREDIT_CUSTOMER, PORTAL_CRANE, Nontax("700.00")),
        (&units::CREDIT_CUSTOMER, PORTAL_CRANE, Nontax("700.00")),
        (&units::LONG, ESCALATOR, Nontax("400.00")),
    ] {
        list.add(unit, kind, terms, 2);
    }
    list.give_edges();
    list.next = 10_001;
    for number in 0..GROUP_FEES {
        let amount = ["605.00", "880.00", "1265.00", "2090.00"][number as usize % 4];
        list.add(&units::GROUP, LIFT, Nontax(amount), 5 + i64::from(number % 20));
        if let Some(row) = list.rows.last_mut() {
            row.pdf = Pdf::Shared;
        }
    }
    list.rows
}

struct List {
    today: Date,
    rows: Vec<DemoRow>,
    next: u32,
}

impl List {
    fn add(&mut self, unit: &DemoUnit, kind: Kind, terms: Terms, age_days: i64) {
        let number = self.next;
        self.next += 1;
        let mut cells = Cells::default();
        fill_unit(&mut cells, unit);
        fill_device(&mut cells, unit, kind, number);
        let issued = self.today - Duration::days(age_days);
        let inspected = issued - Duration::days(7);
        cells
            .set(Field::NextInspectionOn, (inspected + Duration::days(365)).to_string())
            .set(Field::ReportNo, report_no(number))
            .set(Field::Conclusion, if number.is_multiple_of(14) { "复检合格" } else { "合格" })
            .set(Field::InspectedOn, inspected.to_string())
            .set(Field::IssuedOn, issued.to_string())
            .set(Field::FeeExternalId, format!("DEMO-F-{number:06}"));
        fill_terms(&mut cells, terms);
        self.rows.push(DemoRow { cells, pdf: Pdf::Own });
    }

    fn leave_out_the_last_file(&mut self) {
        if let Some(row) = self.rows.last_mut() {
            row.pdf = Pdf::Missing;
        }
    }

    /// Edge values among the new fees: a registration code with leading zeros, one whose sequence has run into letters,
    /// one pasted with full-width digits and blanks, two makers with one serial, an inspection due on 29 February.
    fn give_edges(&mut self) {
        let region_of_old = "500105";
        for (position, field, text) in [
            (0, Field::RegistrationCode, format!("3110{region_of_old}201603A021")),
            (1, Field::RegistrationCode, "00105001032016030001".to_owned()),
            (2, Field::RegistrationCode, "３１１０ 500103\u{3000}201603 0203".to_owned()),
            (3, Field::FactorySerialNo, "2016-0001".to_owned()),
            (4, Field::FactorySerialNo, "2016-0001".to_owned()),
            (5, Field::NextInspectionOn, "2028-02-29".to_owned()),
        ] {
            self.rows[position].cells.set(field, text);
        }
    }
}

fn fill_unit(cells: &mut Cells, unit: &DemoUnit) {
    cells
        .set(Field::UnitExternalId, unit.id)
        .set(Field::UnitName, unit.name)
        .set(Field::UnitUscc, credit_code(unit.uscc))
        .set(Field::UnitDistrict, unit.district)
        .set(Field::UnitAddress, format!("示例路 {} 号", unit.uscc))
        .set(Field::UnitPhone, "023-00000000")
        .set(Field::ApplicantName, unit.applicant.0)
        .set(Field::ApplicantPhone, unit.applicant.1);
}

fn fill_device(cells: &mut Cells, unit: &DemoUnit, kind: Kind, number: u32) {
    let Kind(variety, name, kind_name) = kind;
    // The code keeps the district of its day: 江北 (500105) and 渝北 (500112) stand in 两江新区 now.
    let region = match unit.district {
        "两江新区" if unit.uscc.is_multiple_of(2) => "500112",
        "两江新区" => "500105",
        code => code,
    };
    if !variety.is_empty() {
        cells.set(Field::RegistrationCode, registration_code(variety, region, "201603", number));
    }
    cells
        .set(Field::DeviceExternalId, format!("DEMO-D-{number:06}"))
        .set(Field::DeviceName, name)
        .set(Field::DeviceKind, kind_name)
        .set(Field::DeviceKindCode, variety)
        .set(Field::FactorySerialNo, format!("SN{number:06}"))
        .set(Field::InternalNo, format!("{} 号", number % 100))
        .set(Field::DeviceDistrict, unit.district)
        .set(Field::Place, format!("示例路 {} 号 {} 幢", unit.uscc, number % 30 + 1));
}

/// How the usual prices of lifts come about (B-16); other fees have one item, which says nothing more.
fn price_items(amount: &str) -> &'static str {
    match amount {
        "605.00" => "定期检验费（10 层站以内）=550；超过 10 层站部分 1 层×55 元=55",
        "880.00" => "定期检验费（10 层站以内）=550；超过 10 层站部分 6 层×55 元=330",
        "1265.00" => "定期检验费（10 层站以内）=550；超过 10 层站部分 13 层×55 元=715",
        "2090.00" => "定期检验费（10 层站以内）=550；超过 10 层站部分 28 层×55 元=1540",
        _ => "",
    }
}

fn fill_terms(cells: &mut Cells, terms: Terms) {
    let (amount, class, state) = match terms {
        Terms::Nontax(amount) => (amount, "非税", ""),
        Terms::Vat(amount) => (amount, "增值税", ""),
        Terms::Settled(amount) => (amount, "非税", "已缴"),
    };
    cells.set(Field::Amount, amount).set(Field::ReceiptClass, class).set(Field::FeeState, state);
    cells
        .set(Field::PriceRule, "按设备种类和参数计费，每台每次（示例标准）")
        .set(Field::PriceItems, price_items(amount))
        .set(Field::LegalBasis, "示例价〔2016〕1 号");
    if class == "非税" {
        cells
            .set(Field::PayeeCode, "NT01")
            .set(Field::PayeeName, "示例特种设备检验检测院")
            .set(Field::PayeeBankName, "示例银行营业部")
            .set(Field::PayeeBankAccount, "5000000000000000001");
    } else {
        cells
            .set(Field::PayeeCode, "VAT01")
            .set(Field::PayeeName, "示例特检技术服务有限公司")
            .set(Field::PayeeBankName, "示例银行高新支行")
            .set(Field::PayeeBankAccount, "5000000000000000002");
    }
}
