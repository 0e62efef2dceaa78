namespace Local.Tests.Support;

/// <summary>Where the repository lies: the folder of host.json.</summary>
internal static class RepositoryRoot
{
    public static string Path { get; } = System.IO.Path.GetDirectoryName(Serverless.Local.Hosting.HostJson.Find(AppContext.BaseDirectory)!)!;
}
