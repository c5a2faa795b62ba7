import { BlockList } from "node:net";
import { createNetworkSet } from "@subnetkit/miner/admission/network-set";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

describe("createNetworkSet", () => {
  test.each([
    ["192.0.2.7", ["192.0.2.7", "::ffff:192.0.2.7"], ["192.0.2.8", "::1", ""]],
    ["203.0.113.77/24", ["203.0.113.0", "203.0.113.255"], ["203.0.112.255", "203.0.114.0"]],
    ["0.0.0.0/0", ["0.0.0.0", "255.255.255.255"], ["::", "2001:db8::1"]],
    ["2001:db8::/32", ["2001:db8::", "2001:db8:ffff::1", "2001:DB8:0:0:0:0:0:1%eth0"], ["2001:db9::", "1.2.3.4"]],
    ["::/0", ["::", "ffff::"], ["1.2.3.4"]],
    ["2001:db8::5", ["2001:0db8:0:0::5"], ["2001:db8::6"]],
    ["64:ff9b::192.0.2.1", ["64:ff9b::c000:201"], ["64:ff9b::c000:202"]],
    ["::ffff:192.0.2.0/120", ["192.0.2.9", "::ffff:192.0.2.9"], ["192.0.3.9"]],
    ["::FFFF:192.0.2.7", ["192.0.2.7", "::ffff:192.0.2.7"], ["192.0.2.8"]],
    ["0:0:0:0:0:ffff:c000:0207", ["192.0.2.7", "::ffff:192.0.2.7"], ["192.0.2.8"]],
    ["192.0.2.0/24", ["::ffff:c000:207", "0:0:0:0:0:FFFF:192.0.2.7"], ["::c000:207", "::ffff:0:c000:207"]],
  ])("of %s holds what is in it and nothing else", (subject, inside, outside) => {
    const networks = createNetworkSet();
    expect(networks.add(subject)).toBe(true);
    expect([...inside, ...outside].filter((address) => networks.has(address))).toEqual(inside);
  });

  test.each(["", "x", "192.0.2.1/33", "192.0.2.1/", "192.0.2.1/-1", "192.0.2.1/8/8", "::1/129", "::ffff:1.2.3.4/95"])(
    "takes no %j",
    (subject) => {
      expect(createNetworkSet().add(subject)).toBe(false);
    },
  );

  test("agrees with Node's own list, rule by rule", () => {
    const four = fc.ipV4();
    // Those that are IPv4 in another form are told apart above.
    const six = fc.ipV6().filter((address) => !address.includes(".") && !/^[0:]*:ffff:/i.test(address));
    const rule = fc.oneof(
      fc.tuple(four, fc.integer({ min: 0, max: 32 }), fc.constant("ipv4" as const)),
      fc.tuple(six, fc.integer({ min: 0, max: 128 }), fc.constant("ipv6" as const)),
    );
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 8 }), fc.array(four), fc.array(six), (rules, fours, sixes) => {
        const networks = createNetworkSet();
        // One of each family: for Node every IPv4 address is in ::/0 as well.
        const lists = { ipv4: new BlockList(), ipv6: new BlockList() };
        for (const [address, prefix, family] of rules) {
          networks.add(`${address}/${prefix}`);
          lists[family].addSubnet(address, prefix, family);
        }
        const near = rules.map(([address]) => address);
        for (const address of [...fours, ...sixes, ...near]) {
          const family = address.includes(":") ? "ipv6" : "ipv4";
          expect([address, networks.has(address)]).toEqual([address, lists[family].check(address, family)]);
        }
      }),
      { numRuns: 300 },
    );
  });
});
