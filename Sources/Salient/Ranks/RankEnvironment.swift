/// Which of several processes this is, as whoever started them says in the environment.
public struct RankEnvironment: Sendable, Hashable {
  /// The number of this process, from 0.
  public let rank: Int
  /// The number of processes, two at least.
  public let count: Int
  /// The number of this process among those of its machine, from 0.
  public let localRank: Int
  /// The number of processes on its machine.
  public let localCount: Int

  /// Who says what: the number of processes, the number of this one, and both on its machine.
  private static let starters = [
    // Open MPI's mpirun.
    [
      "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_LOCAL_RANK",
      "OMPI_COMM_WORLD_LOCAL_SIZE",
    ],
    // srun --mpi=pmix.
    ["SLURM_NTASKS", "PMIX_RANK", "SLURM_LOCALID", "SLURM_STEP_TASKS_PER_NODE"],
    // MPICH's mpiexec, and srun --mpi=pmi2.
    ["PMI_SIZE", "PMI_RANK", "MPI_LOCALRANKID", "MPI_LOCALNRANKS"],
  ]

  /// What an environment says; nil where this process is alone.
  ///
  /// A job of Slurm alone makes no ranks: only who asked for them by `--mpi` has any.
  /// - Parameter variable: the value of a variable.
  public init?(_ variable: (String) -> String?) {
    for names in Self.starters {
      let numbers = names.map { variable($0).flatMap { Int($0.prefix(while: \.isNumber)) } }
      guard let count = numbers[0], let rank = numbers[1], count > 1, 0..<count ~= rank else {
        continue
      }
      self.count = count
      self.rank = rank
      localRank = numbers[2] ?? variable("SLURM_LOCALID").flatMap { Int($0) } ?? 0
      localCount = max(numbers[3] ?? 1, 1)
      return
    }
    return nil
  }
}
