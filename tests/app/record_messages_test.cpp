#include "app/record_messages.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/config.hpp"

// What a record's events and commands become: hand-made ones, with every end of every message.

namespace keel::app {
namespace {

using testing::ElementsAre;

const ClOrdID quote = ClOrdID::make(1, 1, 7);
const AccountIx maker{0};
const InstrumentIx maker_btc{0};

Timestamp at(std::int64_t ms) { return Timestamp{} + milliseconds(ms); }

class Messages : public testing::Test {
protected:
    void send(std::int64_t ms, const CommandBody& command) {
        messages_.send(command, at(ms), seq_, "", true);
    }
    void hear(std::int64_t ms, const EventBody& body, bool is_drawn = true) {
        messages_.hear(Event{++seq_, at(ms), body}, is_drawn);
    }
    void order(std::int64_t ms, std::uint64_t request = 1) {
        NewOrderSingle out;
        out.request = RequestID{request};
        out.cl_ord_id = quote;
        out.account = maker;
        out.instrument = maker_btc;
        out.px = Ticks{61'638};
        out.qty = Lots{1'000};
        send(ms, out);
    }
    void cancel(std::int64_t ms, std::uint64_t request, Transport transport = Transport::Socket) {
        OrderCancelRequest out;
        out.request = RequestID{request};
        out.cl_ord_id = quote;
        out.account = maker;
        out.instrument = maker_btc;
        out.transport = transport;
        send(ms, out);
    }
    void answer(std::int64_t ms, std::uint64_t request, RequestKind kind,
                Outcome outcome = Outcome::Accepted, bool is_drawn = true) {
        RequestAnswer out;
        out.request = RequestID{request};
        out.cl_ord_id = quote;
        out.order_id = OrderID{0, 5};
        out.account = maker;
        out.kind = kind;
        out.outcome = outcome;
        hear(ms, out, is_drawn);
    }
    void fill(std::int64_t executed_ms, std::int64_t heard_ms, std::uint64_t exec = 1,
              bool names_order = true) {
        ExecutionReport out = report(ExecType::Trade, executed_ms);
        if (!names_order) out.cl_ord_id = ClOrdID{};
        out.exec_id = ExecID{0, exec};
        out.last_qty = Lots{1'000};
        out.last_px = Ticks{61'638};
        hear(heard_ms, out);
    }
    static ExecutionReport report(ExecType type, std::int64_t executed_ms) {
        ExecutionReport out;
        out.account = maker;
        out.instrument = maker_btc;
        out.cl_ord_id = quote;
        out.order_id = OrderID{0, 5};
        out.exec_type = type;
        out.transact_time = at(executed_ms);
        return out;
    }

    // "request pacifica/socket 0..4 Q": the time of each end in ms, [a b] where it lies within.
    [[nodiscard]] std::vector<std::string> drawn() {
        timeline::Timeline out;
        std::move(messages_).finish(out);
        const auto moment = [](const timeline::Moment& m) {
            const auto ms = [](Timestamp t) { return in_milliseconds(t - Timestamp{}); };
            return m.is_exact() ? fmt::to_string(ms(m.at))
                                : fmt::format("[{} {}]", ms(m.earliest), ms(m.latest));
        };
        std::vector<std::string> lines;
        for (const timeline::Message& m : out.messages) {
            const timeline::Lane& lane = out.lanes[m.from == out.bot ? m.to : m.from];
            lines.push_back(
                fmt::format("{} {}/{} {}..{}{}{}", to_string(m.kind), lane.participant,
                            lane.channel, moment(m.sent), m.received ? moment(*m.received) : "lost",
                            m.is_duplicate ? " twice" : "", m.is_fault ? " fault" : ""));
        }
        for (const timeline::Crossing& one : timeline::crossings(out)) {
            lines.push_back(fmt::format("{} {} {}", one.first + 1,
                                        one.is_certain ? "crosses" : "may cross", one.second + 1));
        }
        return lines;
    }

    const std::expected<LoadedConfig, std::vector<std::string>> config_ =
        load_config_file("examples/xemm.toml");
    RecordMessages messages_{config_->run.desk.engine};
    std::uint64_t seq_ = 0;
};

TEST_F(Messages, ARequestArrivesBetweenItsSendingAndItsAnswer) {
    order(0);
    answer(20, 1, RequestKind::New);
    EXPECT_THAT(drawn(), ElementsAre("request pacifica/socket 0..[0 20]",
                                     "answer pacifica/socket [0 20]..20"));
}

TEST_F(Messages, WhatTheVenueReportsSaysWhenItHadHeard) {
    order(0);
    hear(15, report(ExecType::New, 8));
    answer(20, 1, RequestKind::New);
    EXPECT_THAT(drawn(), ElementsAre("request pacifica/socket 0..8", "report pacifica/orders 8..15",
                                     "answer pacifica/socket [8 20]..20"));
}

TEST_F(Messages, ARequestNobodyAnswersIsLostUnlessSomethingCameOfIt) {
    order(0);
    cancel(5, 2);
    fill(3, 50);
    EXPECT_THAT(drawn(),
                ElementsAre("request pacifica/socket 0..[0 3]", "request pacifica/socket 5..lost",
                            "fill pacifica/fills 3..50"));
}

TEST_F(Messages, AFillThatWasExecutedWhileACancelWasUnderWayCrossesIt) {
    order(0);
    answer(10, 1, RequestKind::New);
    cancel(100, 2);
    cancel(100, 3, Transport::Rest);
    answer(120, 2, RequestKind::Cancel);
    fill(90, 130);
    fill(105, 140, 2);
    const auto lines = drawn();
    EXPECT_THAT(lines, testing::IsSupersetOf({
                           "request pacifica/socket 100..[105 120]", // the fill came before it
                           "request pacifica/REST 100..lost",
                           "fill pacifica/fills 90..130",
                           "fill pacifica/fills 105..140",
                           "6 crosses 3",
                       }));
}

TEST_F(Messages, TheCancelsOfAnOrderAndItsEndAreOneExchange) {
    order(0);
    answer(10, 1, RequestKind::New);
    cancel(100, 2);
    cancel(100, 3, Transport::Rest);
    answer(108, 2, RequestKind::Cancel);
    hear(115, report(ExecType::Canceled, 104));
    answer(140, 3, RequestKind::Cancel, Outcome::Refused);
    for (const std::string& line : drawn())
        EXPECT_THAT(line, testing::Not(testing::HasSubstr("cross")));
}

TEST_F(Messages, ADuplicateIsWhatWasHeardBeforeByWhicheverWay) {
    order(0);
    answer(10, 1, RequestKind::New);
    answer(12, 1, RequestKind::New);
    fill(20, 30, 1, false); // the venue's own id says whose it is
    fill(20, 90);
    EXPECT_THAT(drawn(),
                ElementsAre("request pacifica/socket 0..[0 10]",
                            "answer pacifica/socket [0 10]..10",
                            "answer pacifica/socket [0 12]..12 twice", "fill pacifica/fills 20..30",
                            "fill pacifica/fills [20 90]..90 twice"));
}

TEST_F(Messages, AnUnknownOutcomeIsAFaultAndProvesNoArrival) {
    order(0);
    answer(20, 1, RequestKind::New, Outcome::Unknown);
    EXPECT_THAT(drawn(), ElementsAre("request pacifica/socket 0..lost",
                                     "answer pacifica/socket [0 20]..20 fault"));
}

TEST_F(Messages, AVenueClockBesideOursTellsNothingFromTheFutureNorFromBeforeTheOrder) {
    order(100);
    hear(110, report(ExecType::New, 90));
    fill(500, 130);
    EXPECT_THAT(drawn(),
                ElementsAre("request pacifica/socket 100..100", "report pacifica/orders 100..110",
                            "fill pacifica/fills 130..130"));
}

TEST_F(Messages, WhereAnOrderStandsMayBeToldLongAfterItCameToThat) {
    order(0);
    hear(10, report(ExecType::Status, 5));
    hear(9'000, report(ExecType::Status, 6));
    EXPECT_THAT(drawn(),
                ElementsAre("request pacifica/socket 0..[0 5]", "report pacifica/orders 5..10",
                            "report pacifica/orders [6 9000]..9000"));
}

TEST_F(Messages, AnAnswerBringsItsRequestAlong) {
    ReadRequest read;
    read.request = RequestID{9};
    read.account = maker;
    read.kind = RequestKind::ReadFills;
    messages_.send(read, at(0), 1, "", false);
    ReadDone done;
    done.read = RequestID{9};
    done.account = maker;
    done.kind = RequestKind::ReadFills;
    done.outcome = Outcome::Accepted;
    hear(40, done);
    EXPECT_THAT(drawn(),
                ElementsAre("request pacifica/REST 0..[0 40]", "answer pacifica/REST [0 40]..40"));
}

} // namespace
} // namespace keel::app
