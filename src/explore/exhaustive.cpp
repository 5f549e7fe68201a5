#include "explore/exhaustive.hpp"

#include <algorithm>
#include <deque>
#include <optional>

#include "explore/graph.hpp"
#include "explore/stuck.hpp"

namespace keel::explore {
namespace {

constexpr std::uint64_t paid_every = 64; // transitions of a slice

// What is handed from one worker to another: the way to a state, and what is left to be tried there
// and on the way. The last has no turn.
struct Level {
    Graph::State state = Graph::none;
    std::uint32_t left = 0;
    Choice turn; // to the next
    std::vector<Choice> untried;
};
using Work = std::vector<Level>;

} // namespace

struct Exhaustive::Broken {
    Rule rule = Rule::None;
    Graph::State state = Graph::none;
    std::vector<Choice> then; // from there: the choice that broke it, and what came of it at once
    std::uint64_t transition = 0; // after so many
};

// What the workers have in common.
class Exhaustive::Board {
public:
    Board(std::uint32_t jobs, const Bounds& bounds) : graph(jobs), jobs_(jobs), bounds_(bounds) {}

    void begin_slice(std::uint64_t transitions) {
        slice_left_ = static_cast<std::int64_t>(transitions);
        is_paused_ = is_stopped_ || is_through_;
    }
    void pay(std::uint64_t transitions) {
        paid_ += transitions;
        const auto cost = static_cast<std::int64_t>(transitions);
        if (slice_left_.fetch_sub(cost) <= cost) pause();
    }
    void stop() {
        is_stopped_ = true;
        pause();
    }
    [[nodiscard]] std::uint64_t paid() const { return paid_; }
    [[nodiscard]] bool is_paused() const { return is_paused_.load(std::memory_order_relaxed); }
    [[nodiscard]] bool is_stopped() const { return is_stopped_; }
    [[nodiscard]] bool is_through() const { return is_through_; } // nobody has anything left
    // Somebody waits for work.
    [[nodiscard]] bool is_wanted() const { return wanted_.load(std::memory_order_relaxed) > 0; }

    void give(Work work) {
        const std::scoped_lock lock{mutex_};
        works_.push_back(std::move(work));
        count_wanted();
        waiting_.notify_one();
    }
    // Waits for some. Nothing: the slice is over, or all are through.
    std::optional<Work> take() {
        std::unique_lock lock{mutex_};
        ++idle_;
        count_wanted();
        if (idle_ == jobs_ && works_.empty() && !is_paused_) {
            is_through_ = true;
            is_paused_ = true;
            waiting_.notify_all();
        }
        waiting_.wait(lock, [&] { return is_paused_ || !works_.empty(); });
        --idle_;
        std::optional<Work> work;
        if (!is_paused_) {
            work = std::move(works_.front());
            works_.pop_front();
        }
        count_wanted();
        return work;
    }

    // One of a rule.
    void note(Broken broken) {
        const std::scoped_lock lock{mutex_};
        const bool is_known =
            std::ranges::find(broken_, broken.rule, &Broken::rule) != broken_.end();
        if (is_known || broken_.size() >= bounds_.findings_max) return;
        broken_.push_back(std::move(broken));
    }
    [[nodiscard]] const std::vector<Broken>& broken() const { return broken_; }

    Graph graph;

private:
    void pause() {
        const std::scoped_lock lock{mutex_};
        is_paused_ = true;
        waiting_.notify_all();
    }
    void count_wanted() {
        wanted_ = static_cast<std::int64_t>(idle_) - static_cast<std::int64_t>(works_.size());
    }

    std::uint32_t jobs_;
    Bounds bounds_;
    Shared<std::uint64_t> paid_{0};      // transitions
    Shared<std::int64_t> slice_left_{0}; // of them
    Shared<bool> is_paused_{true};
    Shared<bool> is_stopped_{false};
    Shared<bool> is_through_{false};
    Shared<std::int64_t> wanted_{0};
    Mutex mutex_; // of what follows
    Waiting waiting_;
    std::deque<Work> works_;
    std::uint32_t idle_ = 0;
    std::vector<Broken> broken_;
};

class Exhaustive::Worker {
public:
    Worker(const std::shared_ptr<const Scenario>& scenario, const Bounds& bounds, Board& board)
        : world_(scenario), bounds_(bounds), board_(&board), root_(world_.mark()),
          applied_before_(world_.applied()) {
        if (bounds.watches_guards) world_.watch_guards();
    }

    // For the first of them: where it begins.
    void begin() {
        const Graph::Place root =
            board_->graph.add(world_.hash(bounds_.max_faults), Graph::none, {});
        open(root.state, bounds_.max_faults);
    }
    void go_on() {
        while (!board_->is_paused()) {
            if (frames_.empty()) {
                const std::optional<Work> work = board_->take();
                if (!work) return;
                take_up(*work);
            }
            step();
            if (board_->is_wanted()) give();
        }
    }
    // The way to what was broken, as anybody can go it, with what was forced on it and what told
    // nothing new.
    [[nodiscard]] std::vector<Choice> way_to(const Broken& broken) {
        world_.back_to(root_);
        std::vector<Choice> path;
        std::uint32_t left = bounds_.max_faults;
        for (const Choice& turn : board_->graph.turns_to(broken.state)) {
            path.push_back(turn);
            left = make(turn, left, path);
        }
        path.insert(path.end(), broken.then.begin(), broken.then.end());
        return in_turn(path);
    }

    [[nodiscard]] Tally tally() const {
        Tally out = tally_;
        out.guards = world_.guards_met();
        out.applied = world_.applied() - applied_before_;
        return out;
    }
    [[nodiscard]] bool is_cut() const { return is_cut_; }
    [[nodiscard]] std::vector<Graph::Edge>& edges() { return edges_; }
    [[nodiscard]] std::size_t bytes() const {
        return edges_.capacity() * sizeof(edges_[0]) + frames_.capacity() * sizeof(frames_[0]) +
               choices_.capacity() * sizeof(choices_[0]);
    }

private:
    struct Frame {
        World::Mark mark;
        std::size_t first; // of its choices in choices_, the stack of all
        std::size_t next;
        std::size_t end;
        Graph::State state;
        std::uint32_t left;
    };

    void open(Graph::State state, std::uint32_t left) {
        world_.enabled(left, enabled_);
        if (is_stuck(world_, enabled_)) {
            board_->note({Rule::NoWedge, state, {}, transitions()});
            if (!frames_.empty()) world_.back_to(frames_.back().mark);
            return;
        }
        is_cut_ = is_cut_ || (enabled_.empty() && world_.is_cut());
        push(state, left, enabled_, 0);
    }

    // `tried`: how many of the choices were.
    void push(Graph::State state, std::uint32_t left, const std::vector<Choice>& choices,
              std::size_t tried) {
        const std::size_t first = choices_.size();
        choices_.insert(choices_.end(), choices.begin(), choices.end());
        frames_.push_back({world_.mark(), first, first + tried, choices_.size(), state, left});
        tally_.depth = std::max(tally_.depth, frames_.size());
    }

    void step() {
        Frame& frame = frames_.back();
        if (frame.next == frame.end) {
            choices_.resize(frame.first);
            frames_.pop_back();
            return;
        }
        if (frame.next > frame.first) world_.back_to(frame.mark);
        const Choice choice = choices_[frame.next++];
        if (choice.is_fault()) note_fault(choice);
        const std::uint32_t left = frame.left - (choice.is_fault() ? 1U : 0U);
        world_.keep_tails(left > 0);
        world_.apply(choice);
        ++tally_.transitions;
        if (tally_.transitions % paid_every == 0) board_->pay(paid_every);
        made_.clear();
        const Rule rule = world_.go_on_where_forced(left, made_);
        if (rule != Rule::None) {
            note_finding(rule, frame, choice);
            if (!choice.is_fault()) board_->graph.settle(frame.state); // as a way that ends
            world_.back_to(frame.mark);
            return;
        }
        const Graph::Place place = board_->graph.add(world_.hash(left), frame.state, choice);
        if (!choice.is_fault()) edges_.push_back({frame.state, place.state});
        if (!place.is_new) {
            world_.back_to(frame.mark);
            return;
        }
        if (board_->graph.size() >= bounds_.states_max) board_->stop();
        tally_.longest = max(tally_.longest, world_.elapsed());
        if (world_.is_terminal()) {
            ++tally_.terminals;
            board_->graph.settle(place.state);
            world_.back_to(frame.mark);
            return;
        }
        is_cut_ = is_cut_ || world_.is_at_horizon() || world_.is_half_used() ||
                  frames_.size() >= bounds_.depth_max;
        if (frames_.size() >= bounds_.depth_max) {
            world_.back_to(frame.mark);
            return;
        }
        open(place.state, left); // (`frame` is no more)
    }

    void note_fault(const Choice& choice) {
        const auto kind = static_cast<std::size_t>(World::fault_kind(choice));
        ++tally_.faults[kind][static_cast<std::size_t>(situation_of(world_))];
    }

    void note_finding(Rule rule, const Frame& frame, const Choice& choice) {
        Broken broken{rule, frame.state, {choice}, transitions()};
        broken.then.insert(broken.then.end(), made_.begin(), made_.end());
        board_->note(std::move(broken));
    }

    // Half of what is left to be tried, the half that is nearest to the beginning: there is most
    // behind it. The state that is open now is kept.
    void give() {
        const std::span<Frame> below{frames_.data(), frames_.empty() ? 0 : frames_.size() - 1};
        std::size_t untried = 0;
        for (const Frame& frame : below) untried += frame.end - frame.next;
        if (untried == 0) return;
        Work work;
        std::size_t given = 0;
        for (Frame& frame : below) {
            const auto at = [&](std::size_t n) {
                return choices_.begin() + static_cast<std::ptrdiff_t>(n);
            };
            work.push_back({frame.state,
                            frame.left,
                            choices_[frame.next - 1],
                            {at(frame.next), at(frame.end)}});
            given += frame.end - frame.next;
            frame.end = frame.next;
            if (given * 2 >= untried) break;
        }
        board_->give(std::move(work));
    }

    void take_up(const Work& work) {
        world_.back_to(root_);
        for (std::size_t n = 0; n < work.size(); ++n) {
            const Level& level = work[n];
            if (n + 1 == work.size()) {
                push(level.state, level.left, level.untried, 0);
                return;
            }
            enabled_ = {level.turn};
            enabled_.insert(enabled_.end(), level.untried.begin(), level.untried.end());
            push(level.state, level.left, enabled_, 1);
            static_cast<void>(make(level.turn, level.left, made_));
        }
    }

    // Of all workers, as far as they have been told.
    [[nodiscard]] std::uint64_t transitions() const {
        return board_->paid() + tally_.transitions % paid_every;
    }

    // A turn that breaks nothing. Returns how many faults are left then.
    std::uint32_t make(const Choice& turn, std::uint32_t left, std::vector<Choice>& made) {
        left -= turn.is_fault() ? 1U : 0U;
        world_.keep_tails(left > 0);
        world_.apply(turn);
        static_cast<void>(world_.go_on_where_forced(left, made));
        return left;
    }

    // What is known is told even where a request must arrive first, as it is all the same to the
    // desk; who goes the way waits with it until it can be told.
    [[nodiscard]] std::vector<Choice> in_turn(const std::vector<Choice>& path) {
        world_.back_to(root_);
        std::vector<Choice> out;
        std::vector<Choice> waiting;
        for (const Choice& choice : path) {
            waiting.push_back(choice);
            const auto can_happen = [&](const Choice& one) {
                return world_.is_enabled(one, bounds_.max_faults);
            };
            for (auto next = std::ranges::find_if(waiting, can_happen); next != waiting.end();
                 next = std::ranges::find_if(waiting, can_happen)) {
                world_.apply(*next);
                out.push_back(*next);
                waiting.erase(next);
            }
        }
        return out;
    }

    World world_;
    Bounds bounds_;
    Board* board_;
    World::Mark root_;
    std::uint64_t applied_before_;
    Tally tally_;
    std::vector<Frame> frames_;
    std::vector<Choice> choices_;
    std::vector<Choice> enabled_;
    std::vector<Choice> made_;
    std::vector<Graph::Edge> edges_;
    bool is_cut_ = false;
};

Exhaustive::Exhaustive(const std::shared_ptr<const Scenario>& scenario, const Bounds& bounds,
                       Crew& crew)
    : bounds_(bounds), crew_(&crew), board_(std::make_unique<Board>(crew.jobs(), bounds)) {
    for (std::uint32_t job = 0; job < crew.jobs(); ++job) {
        workers_.push_back(std::make_unique<Worker>(scenario, bounds, *board_));
    }
    workers_.front()->begin();
}

Exhaustive::~Exhaustive() = default;

bool Exhaustive::go_on(std::uint64_t transitions) {
    board_->begin_slice(transitions);
    crew_->run([&](std::uint32_t job) { workers_[job]->go_on(); });
    add_up();
    if (result_.tally.bytes > bounds_.bytes_max) {
        result_.is_memory_full = true;
        board_->stop();
    }
    return !board_->is_through() && !board_->is_stopped();
}

bool Exhaustive::has_found() const { return !board_->broken().empty(); }

void Exhaustive::add_up() {
    Tally tally;
    tally.states = board_->graph.size();
    tally.set_bytes = board_->graph.set_bytes();
    tally.bytes = board_->graph.bytes();
    for (const std::unique_ptr<Worker>& worker : workers_) {
        tally += worker->tally();
        tally.bytes += worker->bytes();
    }
    result_.tally = tally;
}

SearchResult Exhaustive::finish() {
    const bool is_cut = std::ranges::any_of(workers_, &Worker::is_cut);
    result_.is_stopped = !board_->is_through();
    result_.is_complete = board_->is_through() && !is_cut;
    for (const Broken& broken : board_->broken()) note(broken);
    if (result_.is_complete) find_wedge();
    std::ranges::sort(result_.findings, {}, &Finding::rule);
    return std::move(result_);
}

void Exhaustive::note(const Broken& broken) {
    Finding finding{.rule = broken.rule, .path = workers_.front()->way_to(broken), .faults = 0};
    finding.transition = broken.transition;
    finding.faults =
        static_cast<std::uint32_t>(std::ranges::count_if(finding.path, &Choice::is_fault));
    result_.findings.push_back(std::move(finding));
}

void Exhaustive::find_wedge() {
    if (std::ranges::find(result_.findings, Rule::NoWedge, &Finding::rule) !=
        result_.findings.end()) {
        return;
    }
    std::vector<std::vector<Graph::Edge>> edges;
    edges.reserve(workers_.size());
    for (const std::unique_ptr<Worker>& worker : workers_) {
        edges.push_back(std::move(worker->edges()));
    }
    const std::optional<Graph::State> wedge = board_->graph.wedge(edges);
    if (wedge) note({Rule::NoWedge, *wedge, {}, result_.tally.transitions});
}

SearchResult exhaustive(const World& world, const Bounds& bounds, const OnTally& on_tally) {
    Crew crew{bounds.jobs};
    Exhaustive search{world.shared_scenario(), bounds, crew};
    while (search.go_on(exhaustive_slice * bounds.jobs)) {
        if (on_tally && !on_tally(search.tally())) break;
    }
    return search.finish();
}

} // namespace keel::explore
