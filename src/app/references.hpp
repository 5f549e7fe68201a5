#pragma once

#include <string>
#include <vector>

#include "app/names.hpp"
#include "app/problems.hpp"
#include "app/table.hpp"
#include "model/types.hpp"

namespace keel::app {

// Who means whom in a config, by place in the desk's tables. `none` where the file's word names
// nobody, which `problems` then says.
struct References {
    struct Xemm {
        GroupIx group;
        InstrumentIx maker;
        InstrumentIx hedge;
    };
    struct Pair {
        GroupIx group;
        InstrumentIx first;
        InstrumentIx second;
    };
    struct Quoter {
        InstrumentIx first;
        InstrumentIx second; // none: it has none
    };
    struct Signal {
        InstrumentIx instrument;
        InstrumentIx of; // whose mid it is
    };
    std::vector<VenueIx> venue_of;                  // by instrument
    std::vector<GroupIx> group_of;                  // by instrument
    std::vector<std::vector<InstrumentIx>> members; // by group; only the known ones
    std::vector<InstrumentIx> hedge_via;            // by group
    std::vector<Xemm> xemm;
    std::vector<InstrumentIx> bracket;               // what each holds
    std::vector<std::vector<InstrumentIx>> guardian; // what each watches; only the known ones
    std::vector<bool> is_held;                       // by instrument: by one of those
    std::vector<Pair> pair;
    std::vector<Quoter> quoter;
    std::vector<Signal> signals;
    Names instruments{"instrument"}; // as venue/symbol
};

// Also finds names that are taken twice, and members and makers that do not fit together.
[[nodiscard]] References resolve(const Table& root, Problems& problems);

// "pacifica/BTC": how a config and the reports name an instrument.
[[nodiscard]] std::string instrument_name(const Table& instrument);

} // namespace keel::app
