#pragma once

#include <string>

#include "explore/choice.hpp"
#include "explore/world.hpp"

namespace keel::explore {

// What a choice is, in words and as one line: what would happen if it were chosen now. Of what is
// enabled in a world, no two have the same words.
//
//     maker socket-in: new order 7-1-1        a message of a channel of a venue: it arrives
//     maker orders: canceled 7-1-1, lost      or what befalls it
//     maker rest-in: read fills, stale
//     maker fills comes back                  a stream that was down
//     prints                                  the next deed of this lane
//     last                                    the next of what comes when all lanes are through
//     wake                                    the desk's timer
//     crash, 2 events lost
//     restart
//
// A venue, an account or a lane whose name is not its own, or reads like something else in such a
// line, goes by its place: `venue 0`, `account 0`, `lane 0`.
[[nodiscard]] std::string words(const World& world, const Choice& choice);

} // namespace keel::explore
