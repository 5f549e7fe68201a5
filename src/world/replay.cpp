#include "world/replay.hpp"

#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "model/bytes.hpp"
#include "strategy/desk.hpp"
#include "world/record_reader.hpp"

namespace keel::world {
namespace {

template <class... Lambdas> struct Overloaded : Lambdas... {
    using Lambdas::operator()...;
};

std::vector<std::byte> bytes_of(std::uint64_t seq, Timestamp at, const CommandBody& command) {
    std::vector<std::byte> out;
    append_frame(out, seq, at, command);
    return out;
}

// One replay under way.
class Replayer {
public:
    Replayer(const strategy::DeskConfig& config, std::uint64_t skip_to)
        : desk_(config), skip_to_(skip_to) {}

    // Until a snapshot at skip_to_ is met, everything before it is passed over.
    void on(const RecordItem& item) {
        std::visit(Overloaded{
                       [&](const Event& event) { on_event(event); },
                       [&](const RecordedCommand& command) { on_command(command); },
                       [&](const RecordedHash& hash) {
                           if (is_started_) compare_hash(hash.seq, hash.state_hash, "state hash");
                       },
                       [&](const RecordedSnapshot& snapshot) { on_snapshot(snapshot); },
                       [&](const RecordedEnd& end) {
                           if (!is_started_) return;
                           all_said();
                           if (end.state_hash == 0) return; // the desk was down
                           compare_hash(end.seq, end.state_hash, "state hash at the end");
                       },
                   },
                   item);
    }
    void on_broken(std::string what) { report_.broken = std::move(what); }
    [[nodiscard]] bool has_differed() const { return report_.difference.has_value(); }
    [[nodiscard]] ReplayReport report() {
        report_.desk_hash = desk_.state_hash();
        return std::move(report_);
    }

private:
    void on_event(const Event& event) {
        if (!is_started_ && skip_to_ == 0) is_started_ = true;
        if (!is_started_) return;
        all_said();
        if (report_.events == 0) report_.first_seq = event.seq;
        ++report_.events;
        if (const auto* boot = std::get_if<Boot>(&event.body)) report_.restarts += boot->restart;
        seq_ = event.seq;
        at_ = event.at;
        desk_.step(event, said_);
        next_said_ = 0;
    }

    void on_command(const RecordedCommand& command) {
        if (!is_started_) return;
        const auto recorded = bytes_of(command.seq, command.at, command.body);
        if (next_said_ == said_.size()) {
            differ(fmt::format("command {} of {} was recorded and did not come (kind {})",
                               next_said_ + 1, next_said_ + 1,
                               command_kind_first + command.body.index()));
            return;
        }
        const CommandBody& came = said_.bodies()[next_said_];
        if (recorded != bytes_of(seq_, at_, came)) {
            differ(fmt::format("command {} was recorded as kind {} and came as kind {}{}",
                               next_said_ + 1, command_kind_first + command.body.index(),
                               command_kind_first + came.index(),
                               command.body.index() == came.index() ? ", with other content" : ""));
            return;
        }
        ++next_said_;
        ++report_.commands;
    }

    void on_snapshot(const RecordedSnapshot& snapshot) {
        if (is_started_) {
            all_said();
            compare_hash(snapshot.seq, snapshot.state_hash, "hash of a snapshot");
            return;
        }
        if (snapshot.seq != skip_to_) return;
        is_started_ = true;
        if (snapshot.words.size() != desk_.words().size()) {
            seq_ = snapshot.seq;
            differ(fmt::format("a snapshot of {} words was recorded, this desk has {}",
                               snapshot.words.size(), desk_.words().size()));
            return;
        }
        desk_.load(snapshot.words);
        compare_hash(snapshot.seq, snapshot.state_hash, "hash of the snapshot");
    }

    // What the desk said after the last event was all recorded.
    void all_said() {
        if (next_said_ == said_.size()) return;
        differ(fmt::format("{} commands were recorded, {} came", next_said_, said_.size()));
    }

    void compare_hash(std::uint64_t seq, std::uint64_t recorded, std::string_view what) {
        ++report_.hashes;
        const std::uint64_t came = desk_.state_hash();
        if (came == recorded) return;
        seq_ = seq;
        differ(fmt::format("{} was recorded as {:016x} and came as {:016x}", what, recorded, came));
    }

    void differ(std::string text) {
        if (!report_.difference) report_.difference = Difference{seq_, std::move(text)};
    }

    strategy::Desk desk_;
    std::uint64_t skip_to_; // the snapshot to start at; 0: the beginning
    bool is_started_ = false;
    std::uint64_t seq_ = 0;
    Timestamp at_;
    Commands said_;
    std::size_t next_said_ = 0;
    ReplayReport report_;
};

// The last snapshot not after `seq`, or the one the record begins with; 0: none needed.
Result<std::uint64_t> starting_point(std::span<const std::byte> record,
                                     std::optional<std::uint64_t> seq) {
    auto reader = RecordReader::open(record);
    if (!reader) return std::unexpected(reader.error());
    std::uint64_t found = 0;
    bool is_first = true;
    while (true) {
        const auto item = reader->next();
        if (!item || !*item) return found; // what is wrong is told when it is met again
        const auto* snapshot = std::get_if<RecordedSnapshot>(&**item);
        if (snapshot != nullptr && is_first) found = snapshot->seq;
        if (snapshot != nullptr && seq && snapshot->seq <= *seq) found = snapshot->seq;
        is_first = false;
        if (!seq || (snapshot != nullptr && snapshot->seq > *seq)) return found;
    }
}

} // namespace

Result<ReplayReport> replay(std::span<const std::byte> record, const strategy::DeskConfig& config,
                            const ReplayOptions& options) {
    auto reader = RecordReader::open(record);
    if (!reader) return std::unexpected(reader.error());
    const RecordHeader& header = reader->header();
    if (header.config_hash != options.config_hash || header.desk != config.engine.desk) {
        return fail(fmt::format("record: it is of desk {} with config {:016x}, not of desk {} with "
                                "config {:016x}. Replay it with the config it was made with.",
                                header.desk, header.config_hash, config.engine.desk,
                                options.config_hash));
    }
    const auto start = starting_point(record, options.after);
    if (!start) return std::unexpected(start.error());
    Replayer replayer{config, *start};
    while (!replayer.has_differed()) {
        const auto item = reader->next();
        if (!item) { // what came before the damage is still worth comparing
            replayer.on_broken(item.error().text());
            break;
        }
        if (!*item) break;
        replayer.on(**item);
    }
    return replayer.report();
}

} // namespace keel::world
