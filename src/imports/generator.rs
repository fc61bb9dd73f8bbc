//! Large import files for measurements: as many rows as wanted, in the proportions of a city's institute, the same for
//! the same seed.

use std::io::Write;

use time::{Date, Duration};

use super::columns::Field;
use super::sample_codes::{credit_code, registration_code};
use super::writer::{Cells, TableWriter};

/// What to generate.
#[derive(Debug, Clone, Copy)]
pub struct Generated {
    /// Rows, each with a device, a report and a fee of its own.
    pub rows: u64,
    /// The same seed gives the same file.
    pub seed: u64,
    /// The youngest reports are issued on this day.
    pub today: Date,
}

/// Shares per thousand, with what they stand for: 设备 of a city with many lifts.
const KINDS: [(u64, &str, &str, &str, [u32; 3]); 9] = [
    (520, "3110", "曳引驱动乘客电梯", "电梯", [60_500, 126_500, 209_000]),
    (100, "3310", "自动扶梯", "电梯", [40_000, 40_000, 60_000]),
    (180, "2150", "第二类压力容器", "压力容器", [20_000, 60_000, 150_000]),
    (100, "4110", "通用桥式起重机", "起重机械", [30_000, 50_000, 80_000]),
    (80, "5110", "叉车", "场（厂）内专用机动车辆", [20_000, 25_000, 30_000]),
    (15, "1100", "承压蒸汽锅炉", "锅炉", [34_000, 56_000, 132_000]),
    (3, "8310", "工艺管道", "压力管道", [500_000, 2_000_000, 20_000_000]),
    (1, "6100", "观览车", "大型游乐设施", [30_000, 100_000, 300_000]),
    (1, "9120", "循环式客运架空索道", "客运索道", [200_000, 400_000, 600_000]),
];

/// Districts of Chongqing with shares per hundred: the code of the day of registration, and where that is today.
const DISTRICTS: [(u64, &str, &str); 15] = [
    (8, "500105", "两江新区"),
    (8, "500112", "两江新区"),
    (4, "500103", "500103"),
    (7, "500106", "500106"),
    (8, "500107", "500107"),
    (7, "500108", "500108"),
    (5, "500113", "500113"),
    (3, "500109", "500109"),
    (2, "500104", "500104"),
    (5, "500101", "500101"),
    (4, "500102", "500102"),
    (5, "500116", "500116"),
    (4, "500117", "500117"),
    (4, "500115", "500115"),
    (26, "500120", "500120"),
];

/// Writes the file; memory does not grow with the number of rows.
///
/// # Errors
/// When `output` cannot be written.
pub fn write_csv(output: impl Write, wanted: Generated) -> anyhow::Result<()> {
    let mut writer = TableWriter::new(output)?;
    let mut dice = Dice(wanted.seed);
    let (mut row, mut unit) = (0, 0);
    while row < wanted.rows {
        unit += 1;
        let devices = dice.devices_of_a_unit().min(wanted.rows - row);
        let (_, region, district) = DISTRICTS[dice.choose(DISTRICTS.iter().map(|(share, ..)| *share))];
        for _ in 0..devices {
            row += 1;
            let mut cells = Cells::default();
            fill_unit(&mut cells, unit, district);
            fill_device(&mut cells, &mut dice, row, region, district);
            fill_report(&mut cells, &mut dice, row, wanted.today);
            writer.write(&cells)?;
        }
    }
    writer.finish()
}

fn fill_unit(cells: &mut Cells, unit: u64, district: &str) {
    cells
        .set(Field::UnitExternalId, format!("G{unit:06}"))
        .set(Field::UnitName, format!("示例单位{unit:06}有限公司"))
        .set(Field::UnitUscc, credit_code(unit as u32))
        .set(Field::UnitDistrict, district)
        .set(Field::ApplicantName, format!("测试{unit}号"))
        // Numbers of this range belong to nobody we would send to: demo and measurement never send.
        .set(Field::ApplicantPhone, format!("139{:08}", 10_000 + unit % 99_000_000));
}

fn fill_device(cells: &mut Cells, dice: &mut Dice, row: u64, region: &str, district: &str) {
    let (_, class, name, kind, prices) = KINDS[dice.choose(KINDS.iter().map(|(share, ..)| *share))];
    let month = format!("20{:02}{:02}", 5 + row % 20, 1 + row % 12);
    let price_fen = prices[dice.below(3) as usize];
    let is_vat = dice.below(10) == 0;
    let (receipt_class, code, payee, account) = if is_vat {
        ("增值税", "VAT01", "示例特检技术服务有限公司", "5000000000000000002")
    } else {
        ("非税", "NT01", "示例特种设备检验检测院", "5000000000000000001")
    };
    cells
        .set(Field::DeviceExternalId, format!("GD{row:09}"))
        .set(Field::DeviceName, name)
        .set(Field::DeviceKind, kind)
        .set(Field::RegistrationCode, registration_code(class, region, &month, (row % 36_000) as u32))
        .set(Field::FactorySerialNo, format!("SN{:07}", dice.below(10_000_000)))
        .set(Field::DeviceDistrict, district)
        .set(Field::Place, format!("示例路 {} 号", 1 + row % 999))
        .set(Field::Amount, format!("{}.{:02}", price_fen / 100, price_fen % 100))
        .set(Field::ReceiptClass, receipt_class)
        .set(Field::PayeeCode, code)
        .set(Field::PayeeName, payee)
        .set(Field::PayeeBankName, "示例银行营业部")
        .set(Field::PayeeBankAccount, account);
}

fn fill_report(cells: &mut Cells, dice: &mut Dice, row: u64, today: Date) {
    let conclusion = ["合格", "整改后合格", "复检合格", "不合格"][dice.choose([900, 70, 20, 10])];
    // What is payable is young (median nine days, a tail to 400), what is settled is up to ten years old.
    let is_payable = dice.below(1_000) < 120;
    let age_days = if is_payable {
        [9, 30, 400][dice.choose([50, 35, 15])].min(1 + dice.below(400))
    } else {
        20 + dice.below(3_630)
    };
    let is_cancelled = !is_payable && dice.below(1_000) < 4;
    let state = if is_cancelled { "取消" } else { "已缴" };
    let issued = today - Duration::days(age_days as i64);
    cells
        .set(Field::ReportNo, format!("G-{row:09}"))
        .set(Field::Conclusion, conclusion)
        .set(Field::InspectedOn, (issued - Duration::days(7)).to_string())
        .set(Field::IssuedOn, issued.to_string())
        .set(Field::FeeExternalId, format!("GF{row:09}"))
        .set(Field::FeeState, if is_payable { "" } else { state });
}

/// SplitMix64: small, and the same on every machine and with every version of every library.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    /// The place of one of these shares, each as likely as it is large.
    fn choose(&mut self, shares: impl IntoIterator<Item = u64> + Clone) -> usize {
        let mut left = self.below(shares.clone().into_iter().sum());
        for (place, share) in shares.into_iter().enumerate() {
            if left < share {
                return place;
            }
            left -= share;
        }
        0
    }

    /// 55 % of the units have 1–2 devices, 30 % 3–10, 12 % 11–60, 2.8 % 61–500, 0.2 % more.
    fn devices_of_a_unit(&mut self) -> u64 {
        let (from, to) = [(1, 2), (3, 10), (11, 60), (61, 500), (501, 3_000)][self.choose([550, 300, 120, 28, 2])];
        from + self.below(to - from + 1)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn generate(rows: u64, seed: u64) -> String {
        let mut content = Vec::new();
        let today = Date::from_calendar_date(2026, time::Month::August, 3).unwrap();
        write_csv(&mut content, Generated { rows, seed, today }).unwrap();
        String::from_utf8(content).unwrap()
    }

    #[test]
    fn the_same_seed_gives_the_same_file() {
        assert_eq!(generate(500, 7), generate(500, 7));
        assert_ne!(generate(500, 7), generate(500, 8));
    }

    #[test]
    fn the_proportions_are_those_of_a_city() {
        let text = generate(20_000, 1);
        let mut kinds: HashMap<String, u32> = HashMap::new();
        let mut payable = 0;
        let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
        for record in reader.records() {
            let record = record.unwrap();
            *kinds.entry(record[Field::DeviceKind as usize].to_owned()).or_default() += 1;
            payable += u32::from(record[Field::FeeState as usize].is_empty());
        }
        assert_eq!(kinds.values().sum::<u32>(), 20_000);
        assert!((12_000..12_800).contains(&kinds["电梯"]), "{kinds:?}");
        assert!((3_300..3_900).contains(&kinds["压力容器"]), "{kinds:?}");
        assert!((2_100..2_700).contains(&payable), "{payable}");
    }
}
