// divide: y = a / b, with broadcasting
#include "common/broadcasting.clh"

BROADCASTING(divide, p / q)
