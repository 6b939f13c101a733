// multiply: y = a * b, with broadcasting
#include "common/broadcasting.clh"

BROADCASTING(multiply, p * q)
