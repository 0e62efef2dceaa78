namespace Serverless.FunctionsHost.TestApp;

/// <summary>What functions leave for the tests: files in the folder of variable TESTAPP_RECORDS.</summary>
internal static class Record
{
    private static string Folder => Environment.GetEnvironmentVariable("TESTAPP_RECORDS")!;

    public static void Write(string name, string line) => File.AppendAllText(Path.Combine(Folder, name), line + "\n");

    public static int Count(string name) => File.Exists(Path.Combine(Folder, name)) ? File.ReadAllLines(Path.Combine(Folder, name)).Length : 0;

    public static async Task WaitForAsync(string name, CancellationToken cancellationToken)
    {
        while (!File.Exists(Path.Combine(Folder, name))) await Task.Delay(20, cancellationToken);
    }
}
