// subtract: y = a - b, with broadcasting
#include "common/broadcasting.clh"

BROADCASTING(subtract, p - q)
