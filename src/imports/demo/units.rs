//! The units of the demo data and those who apply for them.

/// A unit of the demo data.
pub struct DemoUnit {
    /// Its key in the core system, also its 单位账号.
    pub id: &'static str,
    /// 单位名称.
    pub name: &'static str,
    /// Number of its credit code in the demo range.
    pub uscc: u32,
    /// Code or name of the district where it is.
    pub district: &'static str,
    /// 报检人 and phone.
    pub applicant: (&'static str, &'static str),
}

const FIRST: (&str, &str) = ("测试一号", "13900000001");
const SECOND: (&str, &str) = ("测试二号", "13900000002");
const THIRD: (&str, &str) = ("测试三号", "13900000003");
const FOURTH: (&str, &str) = ("测试四号", "13900000004");
const FIFTH: (&str, &str) = ("测试五号", "13900000005");
const SIXTH: (&str, &str) = ("测试六号", "13900000006");

/// 100 characters, two of them outside the basic plane or rare.
const LONG_NAME: &str = "示例𠮷㛃名称很长的特种设备维护管理服务有限责任公司渝中区解放碑片区第一分公司住宅与商业综合体电梯及机械式停车设备安全管理与定期检验联络事务部（含地下车库及裙楼自动扶梯自动人行道、消防员电梯、杂物电梯）";

const fn unit(
    id: &'static str,
    name: &'static str,
    uscc: u32,
    district: &'static str,
    applicant: (&'static str, &'static str),
) -> DemoUnit {
    DemoUnit { id, name, uscc, district, applicant }
}

/// Property manager with the order of 20 reports and 1,000.00 yuan.
pub const PROPERTY: DemoUnit = unit("U001", "示例物业001有限公司", 1, "500103", FIRST);
/// Hospital: fees of both receipt classes.
pub const HOSPITAL: DemoUnit = unit("U002", "示例医院01", 2, "500103", FIRST);
/// Workshop with fork-lifts.
pub const WORKSHOP: DemoUnit = unit("U003", "示例叉车工场01", 3, "500107", FIRST);
/// Two units of one name: this one in a district that was abolished …
pub const NAMESAKE_NORTH: DemoUnit = unit("U004", "示例物业005有限公司", 4, "两江新区", FIRST);
/// … and this one in another district.
pub const NAMESAKE_SOUTH: DemoUnit = unit("U005", "示例物业005有限公司", 5, "500113", FIRST);
/// A household with one lift.
pub const HOUSEHOLD: DemoUnit = unit("U006", "示例住户02", 6, "500106", SECOND);
/// Chemical plant: pipes, vessels, boilers, valves, and a fee of two million yuan.
pub const PLANT: DemoUnit = unit("U007", "示例化工厂01", 7, "500115", THIRD);
/// Amusement park with a cableway.
pub const PARK: DemoUnit = unit("U008", "示例游乐园01", 8, "500108", FOURTH);
/// Fills cylinders.
pub const FILLER: DemoUnit = unit("U009", "示例气瓶充装站01", 9, "500110", FOURTH);
/// Builds with cranes.
pub const CONSTRUCTOR: DemoUnit = unit("U010", "示例建筑安装公司01", 10, "两江新区", FIFTH);
/// Makes pressure pipes.
pub const PIPE_MAKER: DemoUnit = unit("U011", "示例制造厂01", 11, "500116", FIFTH);
/// Makes vessels only.
pub const VESSEL_MAKER: DemoUnit = unit("U012", "示例制造厂02", 12, "500118", FIFTH);
/// Pays monthly.
pub const CREDIT_CUSTOMER: DemoUnit = unit("U013", "示例码头集团01", 13, "500102", FIFTH);
/// Has stopped working; owes nothing.
pub const STOPPED: DemoUnit = unit("U014", "示例停业单位01", 14, "500101", FIFTH);
/// The longest name.
pub const LONG: DemoUnit = unit("U015", LONG_NAME, 15, "500103", SIXTH);
/// Property group with 2,000 payable reports.
pub const GROUP: DemoUnit = unit("U016", "示例物业集团有限公司", 16, "两江新区", SIXTH);

/// All of them.
pub const ALL: [&DemoUnit; 16] = [
    &PROPERTY,
    &HOSPITAL,
    &WORKSHOP,
    &NAMESAKE_NORTH,
    &NAMESAKE_SOUTH,
    &HOUSEHOLD,
    &PLANT,
    &PARK,
    &FILLER,
    &CONSTRUCTOR,
    &PIPE_MAKER,
    &VESSEL_MAKER,
    &CREDIT_CUSTOMER,
    &STOPPED,
    &LONG,
    &GROUP,
];
