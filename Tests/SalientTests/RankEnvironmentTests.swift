import Jobs
import Salient
import Testing

@Suite("Which of several processes this is")
struct RankEnvironmentTests {
  private func place(_ variables: [String: String]) -> RankEnvironment? {
    RankEnvironment { variables[$0] }
  }

  @Test("mpirun of Open MPI says it")
  func openMPI() throws {
    let found = try #require(
      place([
        "OMPI_COMM_WORLD_SIZE": "4", "OMPI_COMM_WORLD_RANK": "3", "OMPI_COMM_WORLD_LOCAL_RANK": "1",
        "OMPI_COMM_WORLD_LOCAL_SIZE": "2", "PMIX_RANK": "3", "SLURM_NTASKS": "8",
      ]))
    #expect([found.rank, found.count, found.localRank, found.localCount] == [3, 4, 1, 2])
  }

  @Test("srun says it, by pmix and by pmi2")
  func slurm() throws {
    let slurm = [
      "SLURM_NTASKS": "6", "SLURM_PROCID": "5", "SLURM_LOCALID": "2",
      "SLURM_STEP_TASKS_PER_NODE": "3(x2)",
    ]
    let pmix = try #require(place(slurm.merging(["PMIX_RANK": "5"]) { $1 }))
    #expect([pmix.rank, pmix.count, pmix.localRank, pmix.localCount] == [5, 6, 2, 3])
    let pmi2 = try #require(place(slurm.merging(["PMI_RANK": "5", "PMI_SIZE": "6"]) { $1 }))
    #expect([pmi2.rank, pmi2.count, pmi2.localRank] == [5, 6, 2])
  }

  @Test(
    "a job, an array and a run of one rank are one process",
    arguments: [
      [:], ["SLURM_NTASKS": "4", "SLURM_PROCID": "0"],
      ["SLURM_ARRAY_TASK_ID": "3", "SLURM_ARRAY_TASK_COUNT": "8"],
      ["OMPI_COMM_WORLD_SIZE": "1", "OMPI_COMM_WORLD_RANK": "0"],
      ["PMI_SIZE": "2", "PMI_RANK": "2"], ["PMI_SIZE": "two", "PMI_RANK": "0"],
    ] as [[String: String]])
  func aloneIsNoRank(variables: [String: String]) {
    #expect(place(variables) == nil)
  }

  @Test("processes of a machine take devices in turn")
  func devicesAreTakenInTurn() throws {
    func choices(_ word: String) throws -> [DeviceChoice] {
      try (0..<3).map { rank in
        let found = try #require(
          place([
            "OMPI_COMM_WORLD_SIZE": "6", "OMPI_COMM_WORLD_RANK": "\(3 + rank)",
            "OMPI_COMM_WORLD_LOCAL_RANK": "\(rank)",
          ]))
        return try DeviceChoice(word, at: found)
      }
    }
    #expect(try choices("auto") == [.turn(0), .turn(1), .turn(2)])
    #expect(try choices("all") == [.turn(0), .turn(1), .turn(2)])
    #expect(try choices("2,h100") == [.index(2), .name("h100"), .index(2)])
    #expect(try choices("reference") == [.reference, .reference, .reference])
  }
}
