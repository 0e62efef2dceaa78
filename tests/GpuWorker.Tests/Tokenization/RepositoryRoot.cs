namespace Serverless.GpuWorker.Tests.Tokenization;

internal static class RepositoryRoot
{
    /// <summary>The folder above the test assembly that holds Serverless.sln.</summary>
    public static string Path { get; } = Find();

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(System.IO.Path.Combine(folder.FullName, "Serverless.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new DirectoryNotFoundException("No folder above the tests holds Serverless.sln.");
    }
}
