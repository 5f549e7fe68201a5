#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/command.hpp"
#include "strategy/config.hpp"

namespace keel::app {

// What each quoter posted, by what left the desk.
class Posting {
public:
    struct Quoter {
        std::string name;
        std::uint64_t posts = 0;   // quotes
        std::uint64_t batches = 0; // requests that carried several
    };
    explicit Posting(const strategy::DeskConfig& desk);

    void on_order(const NewOrderSingle& order);
    [[nodiscard]] const std::vector<Quoter>& quoters() const { return quoters_; }

private:
    struct Batch { // the newest, and how many of it were seen
        std::uint32_t number = 0;
        std::uint32_t items = 0;
    };
    std::vector<strategy::QuoterConfig> configs_;
    std::vector<Quoter> quoters_;
    std::vector<Batch> newest_;
};

} // namespace keel::app
