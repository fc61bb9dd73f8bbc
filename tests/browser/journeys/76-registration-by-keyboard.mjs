import { violations } from '../accessibility.mjs';
import { expect } from '../expect.mjs';
import { keysOf } from '../keys.mjs';
import { PICTURE } from '../picture.mjs';
import { freeCode } from '../uscc.mjs';

const PHOTO = { name: '照片.png', mimeType: 'image/png', buffer: PICTURE };
const KINDS = {
  certified: '认证单位，使用、施工、维保等单位。需要营业执照和盖章的申请书，3 个工作日内审核，可以看到本单位全部设备和费用',
  manufacturer: '认证单位（制造），制造单位，另外可以申报制造资质',
  uncertified: '非认证单位，不用审核，马上开通；以后可以升级为认证单位',
  person: '个人，家用电梯等个人业主，不用审核，马上开通',
};

/** From the login page through the first two steps, by keys alone. */
async function begin(demo, page, phone, kind) {
  await page.goto(`${demo.web}/h5/#/pages/login/login`);
  await page.getByText('还没有账号').waitFor();
  const keys = await keysOf(page);
  await keys.push('还没有账号？注册单位或个人');
  await page.getByText('《用户注册协议》').first().waitFor();
  await keys.reach('checkbox', '我已阅读并同意以上协议');
  expect((await keys.focused()).state.disabled).toBe(true);
  await page.getByText(/秒后可以勾选/).waitFor({ state: 'detached', timeout: 15_000 });
  await keys.press('Space');
  await expect.soon(async () => (await keys.focused()).state.checked === 'true');
  await keys.push('下一步');
  await expect.soon(async () => (await keys.focused()).name === '第 2 步，共 4 步：相关信息');

  await keys.reach('radio', KINDS.certified);
  await keys.reach('radio', KINDS[kind], 'ArrowDown');
  await keys.press('Space');
  await keys.type('手机号', phone);
  // Straight on, as fast as a machine types: the last digits are there all the same.
  await keys.push('获取验证码');
  const code = await expect.soon(() => demo.wechat.smsCode(phone));
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.type(code);
  await keys.push('验证手机号');
  await page.getByText(/已验证/).waitFor();
  await keys.push('下一步');
  await expect.soon(async () => (await keys.focused()).name === '第 3 步，共 4 步：注册信息');
  return keys;
}

/** What a reviewed unit says, and its papers. */
async function fillReviewed(page, keys, name, unitKind) {
  await keys.type('统一社会信用代码', freeCode());
  await keys.type('企业名称', name);
  await keys.choose('单位类型', unitKind);
  await keys.choose('注册地', '渝中区');
  await keys.type('详细地址', '渝中区示例路 1 号');
  await keys.type('法人姓名', '张法人');
  await keys.choose('所属行业', '教育');
  await keys.type('姓名', '李安全');
  await keys.type('手机号', '13955550077');
  await keys.type('注册人姓名', '王小明');
  await keys.attach('营业执照：拍照或选图片', PHOTO);
  await page.getByText('已上传').first().waitFor();
  await keys.attach('盖章的注册申请书：拍照或选图片', PHOTO);
  await expect.soon(async () => (await page.getByText('已上传').count()) === 2);
  // In one go, while the last file is only just there.
  await keys.push('提交审核');
  await page.getByText('已提交，正在审核').waitFor();
  await expect.soon(async () => (await keys.focused()).name === '第 4 步，共 4 步：注册完成');
  expect(await violations(page)).toEqual([]);
}

export default {
  'a certified unit registers by keyboard alone, and a reader has a name for everything': async ({ demo, page }) => {
    const keys = await begin(demo, page, '13955560001', 'certified');
    expect((await keys.stops()).join('\n')).toBe(
      [
        'textbox 统一社会信用代码',
        'textbox 企业名称',
        'button 单位类型 请选择',
        'button 注册地 请选择',
        'textbox 详细地址',
        'textbox 法人姓名',
        'button 所属行业 请选择',
        'textbox 姓名',
        'textbox 手机号',
        'textbox 注册人姓名',
        'textbox 邮箱（可不填）',
        'textbox 登录账号（可不填）',
        'textbox 登录密码（可不填）',
        'button 营业执照：拍照或选图片',
        'button 营业执照：选 PDF 文件',
        'button 下载注册申请书',
        'button 盖章的注册申请书：拍照或选图片',
        'button 盖章的注册申请书：选 PDF 文件',
        'button 上一步',
        'button 提交审核',
      ].join('\n'),
    );
    // Handing in nothing leads to the first thing that is missing, and says what is wrong with it.
    await keys.push('提交审核');
    await page.getByText(/处需要填写或修改/).waitFor();
    await expect.soon(async () => (await keys.focused()).name === '统一社会信用代码');
    expect((await keys.focused()).state.invalid).toBe('true');
    await fillReviewed(page, keys, '示例键盘注册有限公司', '使用单位');
  },

  'a manufacturer registers by keyboard alone': async ({ demo, page }) => {
    const keys = await begin(demo, page, '13955560002', 'manufacturer');
    await fillReviewed(page, keys, '示例键盘制造有限公司', '制造单位');
  },

  'a unit that is not certified is active at once, by keyboard alone': async ({ demo, page }) => {
    const keys = await begin(demo, page, '13955560003', 'uncertified');
    await keys.type('企业名称', '示例键盘小店');
    await keys.choose('单位类型', '使用单位');
    await keys.choose('注册地', '渝中区');
    await keys.type('注册人姓名', '周小店');
    await keys.push('完成注册');
    await page.getByText('注册成功').waitFor();
    await keys.push('进入首页');
    await page.getByText('示例键盘小店').first().waitFor();
  },

  'a person is active at once, by keyboard alone': async ({ demo, page }) => {
    const keys = await begin(demo, page, '13955560004', 'person');
    await keys.type('姓名', '赵个人');
    await keys.push('完成注册');
    await page.getByText('注册成功').waitFor();
    expect(await violations(page)).toEqual([]);
  },
};
