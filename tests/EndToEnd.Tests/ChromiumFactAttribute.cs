namespace Serverless.EndToEnd.Tests;

/// <summary>A test that needs Chromium: skipped, with the reason, where none is installed; never skipped in CI.</summary>
public sealed class ChromiumFactAttribute : FactAttribute
{
    public ChromiumFactAttribute()
    {
        if (NodeScript.Chromium is null && Environment.GetEnvironmentVariable("CI") is null or "")
            Skip = "Chromium is not installed (Debian: apt-get install chromium).";
    }
}
