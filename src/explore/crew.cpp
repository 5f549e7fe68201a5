#include "explore/crew.hpp"

#include "base/assert.hpp"

namespace keel::explore {

Crew::Crew(std::uint32_t jobs) : jobs_(jobs) {
    KEEL_ASSERT(jobs > 0, "somebody does the work");
    for (std::uint32_t job = 1; job < jobs; ++job) {
        threads_.emplace_back([this, job] { serve(job); });
    }
}

Crew::~Crew() {
    {
        const std::scoped_lock lock{mutex_};
        is_over_ = true;
    }
    called_.notify_all();
}

void Crew::run(const std::function<void(std::uint32_t)>& work) {
    {
        const std::scoped_lock lock{mutex_};
        work_ = &work;
        busy_ = jobs_ - 1;
        ++calls_;
    }
    called_.notify_all();
    work(0);
    std::unique_lock lock{mutex_};
    finished_.wait(lock, [&] { return busy_ == 0; });
}

void Crew::serve(std::uint32_t job) {
    for (std::uint64_t served = 0;;) {
        const std::function<void(std::uint32_t)>* work = nullptr;
        {
            std::unique_lock lock{mutex_};
            called_.wait(lock, [&] { return is_over_ || calls_ != served; });
            if (is_over_) return;
            served = calls_;
            work = work_;
        }
        (*work)(job);
        const std::scoped_lock lock{mutex_};
        if (--busy_ == 0) finished_.notify_one();
    }
}

} // namespace keel::explore
