#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "bench/lives.hpp"

namespace keel::bench {

// The floor under an engine's step: the least that anybody who keeps orders must do for an event,
// and nothing that makes Keel right. An open-addressing index from our id to a slot of 128 bytes, a
// table of transitions, the last six trades of an order against repeats, a position, what is owed
// because of it, and a ring of what leaves. No gates, no journal, no hash, no intervals, no
// unknown.
class OrderFloor {
public:
    enum class Kind : std::uint8_t { Place, Ack, Trade, CancelAsk, Canceled };
    struct Told {
        std::uint64_t id = 0;
        std::uint64_t venue_id = 0;
        std::uint64_t exec_id = 0;
        std::int64_t px = 0;
        std::int64_t qty = 0;
        std::uint32_t instrument = 0;
        Kind kind = Kind::Place;
        std::uint8_t is_sell = 0;
        std::array<std::uint8_t, 2> reserved{};
    };
    static_assert(sizeof(Told) == 48);

    explicit OrderFloor(std::uint32_t live_orders);
    void on(const Told& told);
    [[nodiscard]] std::uint64_t digest() const;
    [[nodiscard]] std::uint32_t live() const { return live_; }

private:
    enum class Status : std::uint8_t { None, PendingNew, New, Part, Filled, Canceled };
    struct Slot {
        std::uint64_t id = 0;
        std::uint64_t venue_id = 0;
        std::int64_t px = 0;
        std::int64_t qty = 0;
        std::int64_t cum = 0;
        std::uint32_t instrument = 0;
        Status status = Status::None;
        std::uint8_t is_sell = 0;
        std::uint8_t cancel_asked = 0;
        std::uint8_t trades_at = 0;
        std::array<std::uint64_t, 6> trades{};
        std::uint32_t next_free = 0;
        std::array<std::uint32_t, 7> reserved{};
    };
    static_assert(sizeof(Slot) == 128);
    struct Cell {
        std::uint64_t id = 0;
        std::uint64_t slot = 0;
    };
    struct Leaving {
        std::uint64_t id = 0;
        std::int64_t px = 0;
        std::int64_t qty = 0;
        std::uint32_t instrument = 0;
        std::uint32_t kind = 0;
    };
    static const std::array<std::array<Status, 5>, 6> next_status;

    [[nodiscard]] std::size_t home(std::uint64_t id) const {
        return (id * 0x9e3779b97f4a7c15ULL) >> shift_;
    }
    [[nodiscard]] std::size_t find(std::uint64_t id) const;
    void erase(std::size_t at);
    void leave(const Slot& slot, std::uint32_t kind, std::int64_t qty);

    std::vector<Slot> slots_;
    std::vector<Cell> cells_;
    std::vector<std::int64_t> positions_;
    std::vector<std::int64_t> owed_;
    std::vector<Leaving> ring_;
    std::size_t ring_at_ = 0;
    std::size_t mask_ = 0;
    unsigned shift_ = 0;
    std::uint32_t free_ = 0;
    std::uint32_t live_ = 0;
};

// The same life of the same orders, in the words of the floor.
void translate(const std::vector<Lives::Step>& steps, std::vector<OrderFloor::Told>& out);
// The placements with which Lives::open() begins.
void open(OrderFloor& floor, const Lives& lives, std::uint32_t live_orders);

} // namespace keel::bench
