using System.Globalization;

namespace Serverless.Contracts.Tests.Fuzzing;

/// <summary>How much is fuzzed, from the environment: FUZZ_REQUESTS and FUZZ_SEED; FUZZ_SHOWN failures are told.</summary>
public static class FuzzSettings
{
    public static int Number(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : otherwise;
}
