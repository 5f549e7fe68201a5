#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace keel::world {

// CRC-32 as in zlib, PNG and Ethernet (reflected, polynomial 0x04c11db7), eight bytes at a time.
// crc32(b, crc32(a)) is the checksum of a followed by b.
namespace detail {
consteval std::array<std::array<std::uint32_t, 256>, 8> crc_tables() {
    std::array<std::array<std::uint32_t, 256>, 8> tables{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        std::uint32_t crc = byte;
        for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0xedb88320U : 0U);
        tables[0][byte] = crc;
    }
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        for (std::size_t i = 1; i < 8; ++i) {
            const std::uint32_t before = tables[i - 1][byte];
            tables[i][byte] = (before >> 8U) ^ tables[0][before & 0xffU];
        }
    }
    return tables;
}
inline constexpr auto crc_table = crc_tables();
} // namespace detail

constexpr std::uint32_t crc32(std::span<const std::byte> bytes, std::uint32_t before = 0) {
    const auto& table = detail::crc_table;
    const auto at = [&](std::size_t i) { return std::to_integer<std::uint32_t>(bytes[i]); };
    std::uint32_t crc = ~before;
    std::size_t i = 0;
    for (; i + 8 <= bytes.size(); i += 8) {
        crc ^= at(i) | at(i + 1) << 8U | at(i + 2) << 16U | at(i + 3) << 24U;
        crc = table[7][crc & 0xffU] ^ table[6][crc >> 8U & 0xffU] ^ table[5][crc >> 16U & 0xffU] ^
              table[4][crc >> 24U] ^ table[3][at(i + 4)] ^ table[2][at(i + 5)] ^
              table[1][at(i + 6)] ^ table[0][at(i + 7)];
    }
    for (; i < bytes.size(); ++i) crc = (crc >> 8U) ^ table[0][(crc ^ at(i)) & 0xffU];
    return ~crc;
}

} // namespace keel::world
