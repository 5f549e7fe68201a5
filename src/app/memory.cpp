#include "app/memory.hpp"

#include <algorithm>
#include <bit>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include "core/fill_index.hpp"
#include "core/order_index.hpp"
#include "core/state.hpp"
#include "sim/slots.hpp"

namespace keel::app {
namespace {

std::uint64_t order_bytes(std::uint64_t orders) {
    return orders * sizeof(core::Order) + (orders + orders / 3) * 2 * sizeof(core::IndexCell);
}
std::uint64_t leg_bytes(std::uint64_t legs) {
    return legs * sizeof(core::Leg) + (legs + legs / 3) * sizeof(core::IndexCell);
}
std::uint64_t fill_bytes(std::uint64_t fills) { return fills / 2 * 3 * sizeof(core::FillEntry); }
std::uint64_t venue_order_bytes(std::uint64_t orders) {
    constexpr std::uint64_t history_each = 4; // updates remembered for each order
    return orders * (sizeof(sim::Leg) + history_each * sizeof(sim::Update)) +
           std::bit_ceil(orders * 2) * sizeof(sim::IdCell);
}
std::uint64_t history_bytes(std::uint64_t updates) { return updates * sizeof(sim::Update); }
std::uint64_t message_bytes(std::uint64_t messages) { return messages * sizeof(sim::Message); }

std::string gib(std::uint64_t bytes) {
    const std::uint64_t tenths = (bytes * 10 + (1ULL << 29U)) >> 30U;
    return fmt::format("{}.{} GiB", tenths / 10, tenths % 10);
}

struct Knob {
    const Table* table;
    std::string_view key;
    std::uint64_t (*bytes)(std::uint64_t count);
    std::uint64_t copies;
};

} // namespace

std::uint64_t desk_bytes(const core::Capacities& capacities) {
    return order_bytes(capacities.orders) + leg_bytes(capacities.legs) +
           fill_bytes(capacities.fills);
}

std::uint64_t venue_bytes(std::uint64_t orders_max, std::uint64_t messages_max) {
    return venue_order_bytes(orders_max) + message_bytes(messages_max);
}

std::uint64_t machine_bytes() {
    return static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) *
           static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

void check_memory(const Table& root, Problems& problems) {
    const Table& capacities = root.child("desk").child("capacities");
    // A desk that can crash is kept twice: as it is, and as it was at the last snapshot.
    std::vector<Knob> knobs{{&capacities, "orders", order_bytes, 2},
                            {&capacities, "legs", leg_bytes, 2},
                            {&capacities, "fills", fill_bytes, 2}};
    for (const Table* venue : root.all("venue")) {
        knobs.push_back({venue, "orders_max", venue_order_bytes, 1});
        knobs.push_back({venue, "messages_max", message_bytes, 1});
        knobs.push_back({venue, "history_max", history_bytes, 1});
    }
    std::uint64_t sum = 0;
    std::uint64_t most = 0;
    const Knob* largest = nullptr;
    for (const Knob& knob : knobs) {
        const Value& value = knob.table->value(knob.key);
        if (!value.is_good || value.number < 0) continue; // complained about
        const std::uint64_t bytes =
            knob.bytes(static_cast<std::uint64_t>(value.number)) * knob.copies;
        sum += bytes;
        if (bytes <= most) continue;
        most = bytes;
        largest = &knob;
    }
    const std::uint64_t here = machine_bytes();
    if (sum <= std::min(memory_max, here) || largest == nullptr) return;
    problems.add(largest->table->value(largest->key).place, largest->table->label_of(largest->key),
                 fmt::format("is {}, which takes {} of the {} that this config asks for; {} are "
                             "allowed, and this machine has {}",
                             largest->table->integer(largest->key), gib(most), gib(sum),
                             gib(memory_max), gib(here)));
}

} // namespace keel::app
