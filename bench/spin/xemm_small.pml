/* The smallest whole cycle of hedged market making, by hand, as scenarios/xemm-small.toml has it: a quote
 * of one lot is placed, may be filled by one print, is canceled over both transports when the hedge venue
 * moves or the desk winds down, and what was filled is hedged, again if the hedge did not trade. Requests
 * arrive as soon as they are sent; what the venues say waits in a channel for each way, and any of them
 * may come next. The same is asked: a hedge never goes past flat, the net stays within the limit, and in
 * the end all is flat, known and over.
 *
 * It is what somebody would write who has no engine to run: it knows nothing of queries, audits, budgets,
 * restarts and margins. scripts/compare-spin sets its states beside those of `keel explore`. */

/* -DMOVES=N: more quotes of the hedge venue. -DBROKEN: a hedge that is under way is not reckoned with. */
#ifndef MOVES
#define MOVES 2
#endif

mtype = { accepted, refused, opened, traded, filled, canceled, expired };

chan maker_socket = [8] of { mtype };
chan maker_rest = [8] of { mtype };
chan maker_orders = [8] of { mtype, byte }; /* with the quantity that is vouched for */
chan maker_fills = [8] of { byte };         /* the number of the trade */
chan hedge_book = [8] of { byte };         /* how much is bid */
chan hedge_socket = [8] of { mtype };
chan hedge_orders = [8] of { mtype, byte, byte }; /* which order, and what it executed */
chan hedge_fills = [8] of { byte, byte };         /* which order, how much */

/* What is true. */
bool rests = false;
byte bought = 0;
byte sold = 0;
byte depth = 1; /* bid at the hedge venue */
byte prints = 1;
byte moves = MOVES;
bool winds = true; /* the operator has still to say so */

/* What the desk knows: joined, whatever its order. */
bool placed = false;
bool asked_socket = false;
bool asked_rest = false;
bool is_live = false;
bool is_over = false;
byte known = 0;  /* filled of the quote */
byte told = 0;   /* of it, by the end of the order */
byte hedges = 0; /* orders sent */
byte pays = 0;   /* filled of hedges */
byte open = 0;   /* still to come of hedges */
byte bids = 1;   /* what the book showed last */
byte ended = 0;  /* hedges that are over, a bit each */
bool winding = false;

inline fill_quote() {
    rests = false;
    bought++;
    maker_fills!bought;
    maker_orders!filled, bought
}

inline cancel_at(way) {
    if
    :: rests ->
        rests = false;
        way!accepted;
        maker_orders!canceled, bought
    :: else -> way!refused
    fi
}

inline cancel_quote() {
    if
    :: placed && !is_over && !asked_socket ->
        asked_socket = true;
        asked_rest = true;
        cancel_at(maker_socket);
        cancel_at(maker_rest)
    :: else -> skip
    fi
}

byte owed;
byte takes;
inline hedge() {
#ifdef BROKEN
    owed = (known > told -> known : told) - pays;
#else
    owed = (known > told -> known : told) - pays - open;
#endif
    if
    :: owed > 0 && bids > 0 && hedges < 4 ->
        hedges++;
        open = open + owed;
        takes = (depth < owed -> depth : owed);
        depth = depth - takes;
        sold = sold + takes;
        hedge_socket!accepted;
        hedge_orders!opened, hedges, 0;
        if
        :: takes > 0 -> hedge_fills!hedges, takes
        :: else -> skip
        fi;
        hedge_orders!expired, hedges, takes
    :: else -> skip
    fi
}

active proctype cycle() {
    byte n;
    byte order;
    byte size[5];
    mtype what;
    atomic { /* the desk quotes */
        placed = true;
        rests = true;
        maker_socket!accepted;
        maker_orders!opened, 0
    };
    do
    :: atomic { maker_socket?what -> is_live = is_live || what == accepted }
    :: atomic { maker_rest?what -> skip }
    :: atomic {
        maker_orders?what, n ->
        if
        :: what == opened -> is_live = true
        :: else ->
            is_over = true;
            told = n
        fi;
        hedge()
    }
    :: atomic { maker_fills?n -> known = (n > known -> n : known); hedge() }
    :: atomic { hedge_socket?what -> skip }
    :: atomic {
        hedge_orders?what, order, n ->
        if
        :: what == expired && (ended >> order & 1) == 0 ->
            ended = ended | (1 << order);
            if
            :: n > size[order] ->
                pays = pays + n - size[order];
                size[order] = n
            :: else -> skip
            fi;
            open = 0;
            hedge()
        :: else -> skip
        fi
    }
    :: atomic {
        hedge_fills?order, n ->
        if
        :: n > size[order] ->
            pays = pays + n - size[order];
            open = open - (open > n - size[order] -> n - size[order] : open);
            size[order] = n
        :: else -> skip
        fi;
        hedge()
    }
    :: atomic { hedge_book?n -> bids = n; cancel_quote(); hedge() }
    :: atomic {
        prints > 0 ->
        prints--;
        if
        :: rests -> fill_quote()
        :: else -> skip
        fi
    }
    :: atomic { moves > 0 -> moves--; depth = (moves == 0 -> 9 : 1); hedge_book!depth }
    :: atomic { winds && prints == 0 && moves == 0 -> winds = false; winding = true; cancel_quote() }
    :: timeout ->
        assert(!winds && is_over && !rests);
        assert(sold == bought && pays == sold && open == 0);
        break
    od
}

active proctype referee() {
    do
    :: atomic { !(sold <= bought && bought - sold <= 1) -> assert(false) }
    :: timeout -> break
    od
}
