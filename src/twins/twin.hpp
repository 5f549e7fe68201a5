#pragma once

#include <cstddef>
#include <type_traits>
#include <vector>

#include "base/assert.hpp"
#include "base/hash.hpp"
#include "explore/scenario.hpp"
#include "explore/subject.hpp"
#include "explore/world.hpp"

// What the naive twins have in common: a bot whose whole state is one small value, so that stepping
// back is a copy. A twin is as naive as its post-mortem says (docs/incidents), and no more: it
// hears and sends what Keel's desk hears and sends, through the same venues.

namespace keel::twins {

// Sends for a twin: numbers requests and orders, and fills in what is the same in each.
class Sender {
public:
    Sender(const explore::Scenario& scenario, Commands& out, Timestamp now)
        : scenario_(&scenario), out_(&out), now_(now) {}

    struct Numbers { // part of a twin's state
        std::uint32_t orders = 0;
        std::uint32_t requests = 0;
        std::uint32_t epoch = 1;
        std::uint32_t reserved = 0;
    };
    struct Order {
        InstrumentIx instrument;
        Side side = Side::Buy;
        Ticks px;
        Lots qty;
        TimeInForce tif = TimeInForce::Gtc;
        bool post_only = false;
        bool reduce_only = false;
        std::uint32_t batch = 0;
        Ticks trigger_px; // a stop
    };
    ClOrdID place(Numbers& numbers, const Order& order);
    // Under an id that it has been sent with before.
    void place_again(Numbers& numbers, ClOrdID id, const Order& order);
    // Returns the request's number, as the answer has it.
    RequestID cancel(Numbers& numbers, InstrumentIx instrument, ClOrdID id, Transport transport);
    RequestID cancel_all(Numbers& numbers, InstrumentIx instrument);
    RequestID read(Numbers& numbers, RequestKind kind, InstrumentIx instrument);

private:
    [[nodiscard]] AccountIx account_of(InstrumentIx instrument) const;

    const explore::Scenario* scenario_;
    Commands* out_;
    Timestamp now_;
};

// What a twin adds to its hash: times by how far they are away.
class Digest {
public:
    explicit Digest(Timestamp now) : now_(now) {}
    template <class... Values> Digest& add(const Values&... values) {
        (one(values), ...);
        return *this;
    }
    [[nodiscard]] std::uint64_t value() const { return hash_.digest(); }

private:
    void one(Timestamp at) { hash_.add_signed(at >= never ? INT64_MAX : (at - now_).value()); }
    template <class Tag> void one(Count<Tag> value) { hash_.add_signed(value.value()); }
    void one(ClOrdID id) { hash_.add(id.packed()); }
    void one(RequestID id) { hash_.add(id.is_none() ? 0U : 1U); } // which one is in its channel
    template <class Value>
        requires std::is_integral_v<Value> || std::is_enum_v<Value>
    void one(Value value) {
        hash_.add(static_cast<std::uint64_t>(value));
    }

    Hasher hash_{61};
    Timestamp now_;
};

// The rules that need no belief: a group beyond its limit, a hedge past flat.
[[nodiscard]] explore::Rule broken_in_truth(const explore::World& world);
// When everything has happened: nothing rests, and each group is flat.
[[nodiscard]] explore::Rule broken_at_the_end(const explore::World& world);

// `State` is trivially copyable and has
//     std::uint64_t digest(Timestamp now) const     over all that can change what it does
//     Timestamp wake_at() const
//     bool is_settled() const
template <class State> class Twin : public explore::Subject {
    static_assert(std::is_trivially_copyable_v<State>);

public:
    explicit Twin(const explore::Scenario& scenario) : scenario_(&scenario) {}

    void step(const Event& event, Commands& commands) final {
        commands.clear();
        now_ = event.at;
        Sender sender{*scenario_, commands, now_};
        hear(event.body, sender);
    }
    void take_turn(std::uint32_t task, Timestamp now, Commands& commands) final {
        commands.clear();
        now_ = now;
        Sender sender{*scenario_, commands, now_};
        go_on(task, sender);
    }
    [[nodiscard]] Timestamp wake_at() const final { return state_.wake_at(); }
    [[nodiscard]] Timestamp now() const final { return now_; }
    [[nodiscard]] bool is_ready(Timestamp /*now*/) const final { return true; }
    void begin() final {
        root_ = state_;
        saved_.clear();
    }
    [[nodiscard]] bool is_settled() const final { return state_.is_settled(); }

    [[nodiscard]] std::size_t mark() const final {
        saved_.push_back({state_, now_});
        return saved_.size() - 1;
    }
    void back_to(std::size_t mark) final {
        KEEL_ASSERT(mark < saved_.size(), "a mark is of this path");
        saved_.resize(mark + 1);
        state_ = saved_[mark].state;
        now_ = saved_[mark].now;
    }
    // What a naive bot does not heed now it may heed later, unless it never hears reports.
    [[nodiscard]] bool is_unchanged_since(std::size_t mark) const final {
        return !hears_reports() && state_.digest(now_) == saved_[mark].state.digest(now_);
    }
    [[nodiscard]] std::uint64_t hash(Duration /*far*/) const final { return state_.digest(now_); }
    [[nodiscard]] Reads reads(AccountIx /*account*/) const override { return {}; }

    // It remembers nothing, unless it says what.
    void come_back(std::span<const Event> /*record*/, std::size_t /*known*/) override {
        state_ = begun_again();
    }

protected:
    virtual void hear(const EventBody& body, Sender& send) = 0;
    virtual void go_on(std::uint32_t /*task*/, Sender& /*send*/) {}
    // False: it has no private streams, and takes an order's answer only while it waits for it.
    [[nodiscard]] virtual bool hears_reports() const { return true; }
    // Its state after a crash.
    [[nodiscard]] virtual State begun_again() const = 0;

    [[nodiscard]] const explore::Scenario& scenario() const { return *scenario_; }
    [[nodiscard]] const State& root() const { return root_; }

    State state_{};
    Timestamp now_;

private:
    struct Saved {
        State state;
        Timestamp now;
    };
    const explore::Scenario* scenario_;
    State root_{};
    mutable std::vector<Saved> saved_; // one for each mark that may still be gone back to
};

} // namespace keel::twins
