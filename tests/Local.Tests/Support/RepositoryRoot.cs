namespace Local.Tests.Support;

/// <summary>Where the repository lies.</summary>
internal static class RepositoryRoot
{
    public static string Path { get; } = Serverless.Local.Stack.RepositoryLayout.Find(AppContext.BaseDirectory).Root;
}
