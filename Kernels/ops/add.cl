// add: y = a + b, with broadcasting
#include "common/broadcasting.clh"

BROADCASTING(add, p + q)
