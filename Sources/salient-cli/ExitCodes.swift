/// What the exit codes mean, a line each: part of a contract, scripts depend on it.
enum ExitCodes {
  static let text = """
    Exit codes:
       0  everything asked for was done
       1  verify: a check did not hold
       2  finished, but some inputs failed; each has a line
      64  the command line does not make sense
      65  a model or an input holds something that cannot be used
      66  a file is missing
      69  no device, or none with what was asked for
      70  a mistake in salient; please report it
      74  reading or writing failed: disk full, not permitted
      75  it may work later: out of memory, device lost
     130  interrupted; --resume goes on
    """
}
