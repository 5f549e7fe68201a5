#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "app/diagram_lanes.hpp"
#include "app/message_words.hpp"
#include "core/config.hpp"
#include "model/command.hpp"
#include "model/event.hpp"
#include "timeline/timeline.hpp"

namespace keel::app {

// Turns the events and commands of a record into the messages of a diagram: who spoke on which
// channel, and when, as far as a desk can know it. A request and its answer are paired; where
// the venue's end of a message is not known, it lies between what is.
class RecordMessages {
public:
    explicit RecordMessages(const core::EngineConfig& config) : config_(config), words_(config) {}

    // Every event and command of the record passes through here in its order, drawn or not: what
    // is drawn may be the answer, or the repetition, of what is not.
    void hear(const Event& event, bool is_drawn);
    void send(const CommandBody& command, Timestamp at, std::uint64_t seq, std::string_view cause,
              bool is_drawn);
    // A stream that went down or came up: drawn if it happened meanwhile.
    void hear_link(const LinkReport& link, Timestamp at, std::uint64_t seq, bool is_drawn);

    // The order an event is about; none if it names none that is known.
    [[nodiscard]] ClOrdID order_of(const EventBody& body) const;
    // Whether the event answers a request that is drawn.
    [[nodiscard]] bool answers_drawn(const EventBody& body) const;
    [[nodiscard]] std::size_t size() const { return drafts_.size(); }

    // Lanes and messages: the first half of the accounts left of the bot, the others right.
    void finish(timeline::Timeline& out) &&;

private:
    struct Draft {
        timeline::Message message;
        ChannelPlace place;
        bool by_bot = false;
        bool only_meanwhile = false; // drawn between the first and the last of the others
        RequestID request;           // a request's own, or the one that this answers
        ClOrdID order;
        Timestamp at; // the bot's end
        bool is_of_cancel = false;
    };
    struct Asked {
        Timestamp at;
        std::uint64_t seq = 0;
        ChannelPlace place;
        RequestKind kind = RequestKind::New;
        ClOrdID order;
        std::string label;
        bool is_drawn = false;
        std::optional<Timestamp> heard; // the first answer
        Outcome outcome = Outcome::Unknown;
    };
    struct Facts {                     // what the venue's clock tells about an order
        std::optional<Timestamp> sent; // ours
        std::optional<Timestamp> first;
        bool first_is_acceptance = false;
        std::optional<Timestamp> ended;
        std::vector<Timestamp> fills;
        RequestID
            cancel; // the first: all cancels of an order, and its end by them, are one exchange
    };

    void draw(Draft draft) { drafts_.push_back(std::move(draft)); }
    void draw_request(RequestID id, Asked& asked);
    void hear_answer(const RequestAnswer& answer, const Event& event, bool is_drawn);
    void hear_report(const ExecutionReport& report, const Event& event, bool is_drawn);
    void hear_done(const ReadDone& done, const Event& event, bool is_drawn);
    void hear_position(const PositionReport& report, const Event& event);
    template <class Report>
    void draw_state(const Report& report, const Event& event, std::string label);
    void hear_balance(const BalanceReport& report, const Event& event);
    void hear_book(const BookTop& book, const Event& event);
    void ask(RequestID id, Asked asked, bool is_drawn);
    [[nodiscard]] bool note_fact(const ExecutionReport& report, ClOrdID order);
    [[nodiscard]] timeline::Moment told_at(const ExecutionReport& report, ClOrdID order,
                                           Timestamp heard) const;
    [[nodiscard]] timeline::Moment within_read(RequestID read, Timestamp heard) const;
    [[nodiscard]] std::optional<timeline::Moment> arrival(const Asked& asked) const;

    const core::EngineConfig& config_;
    MessageWords words_;
    std::vector<Draft> drafts_;
    std::map<RequestID, Asked> asked_;
    std::map<ClOrdID, Facts> facts_;
    std::map<std::tuple<AccountIx, OrderID>, ClOrdID> orders_; // whose ids the venue's are
    // One trade may serve several orders of ours.
    std::set<std::tuple<AccountIx, ClOrdID, ExecID, ExecType, std::uint32_t>> executions_;
    std::set<std::tuple<AccountIx, OrderID, ClOrdID, ExecType, std::uint64_t>> reports_;
};

} // namespace keel::app
