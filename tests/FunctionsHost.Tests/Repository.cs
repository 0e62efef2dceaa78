using System.Reflection;

namespace Serverless.FunctionsHost.Tests;

/// <summary>Where the programs under test were built.</summary>
internal static class Repository
{
    public static string Root { get; } = Metadata("RepositoryRoot");

    public static string Output(string project) => Path.Combine(Root, project, "bin", Metadata("Configuration"), "net10.0");

    private static string Metadata(string key) => typeof(Repository).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == key).Value!;
}
