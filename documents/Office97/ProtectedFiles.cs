using Serverless.Documents.Compound;

namespace Serverless.Documents.Office97;

/// <summary>Files that ask for a password.</summary>
internal static class ProtectedFiles
{
    public static string Reason(string what) => $"The {what} is encrypted: save it without a password.";

    /// <summary>Refuses a newer file that was encrypted whole and is called as older ones are ([MS-OFFCRYPTO], section 2.3.4).</summary>
    public static void Refuse(CompoundFile file, string what)
    {
        if (file.Root.Children.ContainsKey("EncryptedPackage")) throw new DocumentRejectedException(Reason(what));
    }
}
