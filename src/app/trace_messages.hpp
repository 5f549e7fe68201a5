#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "app/diagram_lanes.hpp"
#include "app/message_words.hpp"
#include "explore/world.hpp"
#include "timeline/timeline.hpp"

namespace keel::app {

// Follows the messages of an explored world, step by step, from where they leave to where they
// arrive or are lost. Each channel of a venue is mirrored here: what a choice takes out of it is
// known, and what stands in it then and did not before was sent in this step.
class TraceMessages {
public:
    // What is under way in it now was sent in step 0.
    explicit TraceMessages(const explore::World& world);

    // The world has just made this choice, as its step of this number (from 1).
    void follow(const explore::Choice& choice, std::uint64_t step);

    // Orders that the bot ever asked for.
    [[nodiscard]] const std::set<ClOrdID>& orders() const { return orders_; }

    // Lanes and messages; what has not arrived by now is still under way.
    void finish(timeline::Timeline& out) &&;

private:
    struct Draft {
        timeline::Message message;
        ChannelPlace place;
        bool by_bot = false;
        RequestID request; // if it is one
    };
    // One that is under way: which of the drafts, and how the venue has it.
    struct Waiting {
        std::size_t draft = 0;
        sim::Message message;
    };
    using Way = std::vector<Waiting>;
    // Something that a venue tells of an order: heard again it is no news.
    struct Fact {
        std::uint32_t venue = 0;
        sim::What what = sim::What::Report;
        std::uint32_t update = 0;
        bool operator==(const Fact&) const = default;
    };

    [[nodiscard]] timeline::Moment here() const;
    Way& way(std::uint32_t venue, std::uint32_t channel) { return ways_[venue][channel]; }
    timeline::Message& message_of(const Waiting& one) { return drafts_[one.draft].message; }

    // What a choice takes out of a channel, and what becomes of it.
    void take_request(const explore::Choice& choice);
    void take_back(std::uint32_t venue, std::uint32_t channel);
    void follow_pause(const explore::Choice& choice);
    void leave_or_never();
    void lose_what_is_told(std::string_view fate);
    void take_told(const explore::Choice& choice);
    void hear(const explore::Choice& choice, const Waiting& one);
    void lose(const Waiting& one, std::string_view fate);
    void lose_all(Way& way, std::string_view fate);
    void befall(const Waiting& one, std::string_view fate);

    [[nodiscard]] static std::optional<Fact> fact_of(std::uint32_t venue,
                                                     const sim::Message& message);

    // What stands in the channels now and did not before.
    void find_new();
    // What the bot sent in this step and no channel has: its venue was not connected.
    void find_unheard(std::size_t first_draft);
    [[nodiscard]] Waiting sent(std::uint32_t venue, std::uint32_t channel,
                               const sim::Message& message);
    void describe_request(Draft& draft, const CommandBody& command);
    void describe_told(Draft& draft, std::uint32_t venue, std::uint32_t channel,
                       const sim::Message& message);
    [[nodiscard]] std::string words_of(const EventBody& event) const;
    [[nodiscard]] std::uint64_t exchange_of(RequestID request, RequestKind kind, ClOrdID order);
    [[nodiscard]] ChannelPlace place_of(std::uint32_t venue, std::uint32_t channel,
                                        const sim::Message& message) const;

    const explore::World& world_;
    MessageWords words_;
    std::uint64_t step_ = 0;
    std::vector<Draft> drafts_;
    std::vector<std::vector<Way>> ways_; // by venue and channel
    struct Asleep {                      // decided by a process that sleeps, and where it will go
        std::uint32_t venue = 0;
        std::uint32_t channel = 0;
        Waiting one;
    };
    std::vector<Asleep> asleep_;
    // What of facts is in the bot's record, an entry for each event, newest last: a crash may take
    // some away.
    std::vector<std::optional<Fact>> record_;
    std::set<ClOrdID> orders_;
    std::map<RequestID, std::uint64_t> asked_;  // the exchange that a request began
    std::map<ClOrdID, std::uint64_t> canceled_; // all cancels of an order are one exchange
    std::uint64_t exchanges_ = 0;
};

} // namespace keel::app
