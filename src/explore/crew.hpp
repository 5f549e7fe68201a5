#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace keel::explore {

// Worlds are deterministic and know of no thread; that several of them are searched at once is the
// searches' own affair. What they need for it is here and nowhere else in this layer.

using Mutex = std::mutex;                         // lint: allow(thread) around worlds, not in them
using Waiting = std::condition_variable;          // lint: allow(thread) as above
template <class T> using Shared = std::atomic<T>; // lint: allow(thread) as above

// Threads that do the same work at once, each under its number, and wait between.
class Crew {
public:
    explicit Crew(std::uint32_t jobs);
    ~Crew();
    Crew(const Crew&) = delete;
    Crew& operator=(const Crew&) = delete;

    [[nodiscard]] std::uint32_t jobs() const { return jobs_; }
    // Calls work(0) here and work(1) and so on in threads of their own; returns when all have.
    void run(const std::function<void(std::uint32_t)>& work);

private:
    void serve(std::uint32_t job);

    std::uint32_t jobs_;
    Mutex mutex_;
    Waiting called_;
    Waiting finished_;
    const std::function<void(std::uint32_t)>* work_ = nullptr;
    std::uint64_t calls_ = 0;
    std::uint32_t busy_ = 0;
    bool is_over_ = false;
    std::vector<std::jthread> threads_; // lint: allow(thread) as above
};

} // namespace keel::explore
