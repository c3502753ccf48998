const ABBREVIATIONS = [["ReadWriteOnce", "RWO"], ["ReadOnlyMany", "ROX"], ["ReadWriteMany", "RWX"], ["ReadWriteOncePod", "RWOP"]] as const;

/** As in tables: `RWO,ROX`. */
export const accessModesText = (modes: readonly string[] | undefined): string =>
  ABBREVIATIONS.filter(([mode]) => modes?.includes(mode)).map(([, short]) => short).join(",");

const CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class";

/** The class of a claim or volume, by its old annotation or its field; "" for none. */
export const storageClassOf = ({ metadata, spec }: { metadata: { annotations?: Record<string, string> }; spec?: { storageClassName?: string } }): string =>
  metadata.annotations?.[CLASS_ANNOTATION] ?? spec?.storageClassName ?? "";
